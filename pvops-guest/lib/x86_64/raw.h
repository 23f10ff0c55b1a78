/* SPDX-License-Identifier: MIT */
/*
 * Sizes of raw traps in a 64-bit guest. Included by rawtrap.h.
 */
#ifndef PVOPS_GUEST_LIB_RAW_H
#define PVOPS_GUEST_LIB_RAW_H

#define RAW_FRAME_WORDS	 11 /* a failsafe callback's */
#define RAW_NR_REGISTERS 16
#define RAW_SEGMENT	 0xe02bu /* in ds, es, fs and gs of what runs */

#endif
