/* SPDX-License-Identifier: MIT */
/*
 * The levels of PAE paging as rows: three, of which the lowest two have 512
 * entries and the root four. SDM vol. 3A, 4.4; ABI 3.2. Read by hv/mm.
 */
#include "mm/mm.h"
#include "x86/ptlevel.h"
#include "x86_32/layout.h"

/* Bits 40-62 are reserved, and so is NX on CPUs that lack it; we never turn it on. */
#define ALLOWED (PTE_FRAME | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL)

/* The L2 of slot 3 maps the last GiB, of which the top is ours. */
#define L2X_FIRST ((MONITOR_START - 0xc0000000) >> 21)

/*
 * [tour: page-table-update 8] Levels are rows of a table, not functions.
 * Validation, updates and walks are written once, and both widths bring their
 * rows.
 */
const struct pt_level pt_levels[NR_FRAME_TYPES] = {
	[FT_L1] = {
		.level = 1, .shift = 12, .nr_slots = 512,
		.must_be_zero = ~(ALLOWED | PTE_G), .stripped = PTE_G,
		.child = FT_NONE, .odd_slot = -1,
	},
	[FT_L2] = {
		.level = 2, .shift = 21, .nr_slots = 512, .must_be_zero = ~ALLOWED,
		.child = FT_L1, .odd_slot = -1,
	},
	[FT_L2X] = {
		.level = 2, .shift = 21, .nr_slots = 512, .must_be_zero = ~ALLOWED,
		.monitor_first = L2X_FIRST, .monitor_end = 512,
		.child = FT_L1, .odd_slot = -1, .single_use = true,
	},
	/* RW, US, A and D are reserved here, but guests write them: see root_shadow_bits. */
	[FT_L3] = {
		.level = 3, .shift = 30, .nr_slots = 4, .must_be_zero = ~ALLOWED,
		.child = FT_L2, .odd_slot = 3, .odd_child = FT_L2X, .odd_mandatory = true,
	},
};

const enum frame_type root_type = FT_L3;

const u64 root_shadow_bits = PTE_P | PTE_PWT | PTE_PCD | PTE_FRAME;

bool cpu_has_nx;

const struct desc_rules guest_desc_rules = {
	.limit = GUEST_SEGMENT_LIMIT, .min_dpl = 1, .allow_l = false,
};
