/* SPDX-License-Identifier: MIT */
/*
 * A page-table level as a row of data: the one validator in mm/ reads these.
 * Each width folder defines pt_levels[] in ptlevels.c.
 */
#ifndef X86_PTLEVEL_H
#define X86_PTLEVEL_H

#include "lib/types.h"
#include "x86/pte.h"

struct pt_level {
	u8 level;		/* 1..4; 0: not a table type */
	u8 shift;		/* an entry covers 1 << shift bytes */
	u16 nr_slots;		/* entries that matter: 512, or 4 */
	u16 monitor_first;	/* slots [first, end) are the monitor's: the guest's */
	u16 monitor_end;	/* values there are ignored and overwritten */
	u64 must_be_zero;	/* bits refused in a present entry */
	u64 stripped;		/* bits accepted but not kept: G */
	u64 forced;		/* bits we add: US where a guest's kernel runs in ring 3 */
	u8 child;		/* enum frame_type below; FT_NONE for leaves */
	s16 odd_slot;		/* this slot has another child type; -1: none */
	u8 odd_child;
	bool odd_mandatory;	/* it must be present, and never changes once validated */
	bool single_use;	/* type count at most one (an L2X is never shared) */
};

/* Indexed by enum frame_type. */
extern const struct pt_level pt_levels[];

/* Whether EFER.NXE is on; without it bit 63 is reserved, and refused. */
extern bool cpu_has_nx;

/* Bits of a root's entries that the hardware may see (PAE: few, ABI 3.2). */
extern const u64 root_shadow_bits;

#endif
