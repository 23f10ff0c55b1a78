/* SPDX-License-Identifier: MIT */
/* Which Ringlet this is, and which Xen's ABI it says it speaks. */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#define RINGLET_VERSION "0.1"

/* major << 16 | minor: guests and tools choose by it what to call. */
#define CLAIMED_XEN_VERSION ((4u << 16) | 17u)
#define CLAIMED_XEN_EXTRA ".7-ringlet"

#endif
