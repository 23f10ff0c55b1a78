/* SPDX-License-Identifier: MIT */
/*
 * The levels of 4-level paging as rows. SDM vol. 3A, 4.5; ABI 3.2. Read by
 * hv/mm.
 */
#include "layout.h"
#include "mm/mm.h"
#include "x86/ptlevel.h"

#define ALLOWED                                                                 \
	(PTE_FRAME | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL |      \
	 PTE_AVAIL_HIGH | PTE_NX)

/*
 * US everywhere: the guest's kernel runs in ring 3 like its users, from whom a
 * root of its own keeps it apart.
 *
 * [tour: widths 4] What keeps a guest's processes from its kernel then? Not
 * this bit: for ring 3 all is user. There are two roots, and the kernel isn't
 * in the second.
 */
#define UPPER(l, below)                                                         \
	{                                                                       \
		.level = (l), .shift = 12 + 9 * ((l) - 1), .nr_slots = 512,     \
		.must_be_zero = ~ALLOWED, .forced = PTE_US, .child = (below),   \
		.odd_slot = -1,                                                 \
	}

const struct pt_level pt_levels[NR_FRAME_TYPES] = {
	[FT_L1] = {
		.level = 1, .shift = 12, .nr_slots = 512,
		.must_be_zero = ~(ALLOWED | PTE_G), .stripped = PTE_G,
		.forced = PTE_US, .child = FT_NONE, .odd_slot = -1,
	},
	[FT_L2] = UPPER(2, FT_L1),
	[FT_L3] = UPPER(3, FT_L2),
	[FT_L4] = {
		.level = 4, .shift = 39, .nr_slots = 512,
		.monitor_first = MONITOR_FIRST_SLOT, .monitor_end = MONITOR_END_SLOT,
		.must_be_zero = ~ALLOWED, .forced = PTE_US,
		.child = FT_L3, .odd_slot = -1,
	},
};

const enum frame_type root_type = FT_L4;

const u64 root_shadow_bits = ~0ULL;

/* Set at start: early EM64T lacks it. */
bool cpu_has_nx;

const struct desc_rules guest_desc_rules = {
	.limit = 0xffffffff, .min_dpl = 3, .allow_l = true,
};
