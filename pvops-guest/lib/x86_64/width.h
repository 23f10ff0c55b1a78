/* SPDX-License-Identifier: MIT */
/*
 * What differs in a 64-bit guest, as numbers and words; also for assembly.
 */
#ifndef PVOPS_GUEST_LIB_WIDTH_H
#define PVOPS_GUEST_LIB_WIDTH_H

#define PV_LONG_DIRECTIVE .quad
#define PV_LONG_BYTES	  8
#define PT_LEVELS	  4

#endif
