/* SPDX-License-Identifier: MIT */
/*
 * What differs in a 32-bit guest, as numbers and words; also for assembly.
 */
#ifndef PVOPS_GUEST_LIB_WIDTH_H
#define PVOPS_GUEST_LIB_WIDTH_H

#define PV_LONG_DIRECTIVE .long
#define PV_LONG_BYTES	  4
#define PT_LEVELS	  3

#endif
