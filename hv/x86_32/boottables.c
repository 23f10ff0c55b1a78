/* SPDX-License-Identifier: MIT */
/*
 * Boot page tables of a PAE guest: the L3, four L2s (all present, slot 3's with
 * our entries), then the L1s in address order. ABI 1.3: root first, level by level.
 */
#include "domain/builder.h"
#include "layout.h"
#include "x86/pte.h"

#define L1_SPAN (1ULL << 21)
#define L2_SPAN_SHIFT 30
#define NR_L2 4
#define FIRST_L1 (1 + NR_L2)

unsigned long arch_boot_pt_pages(u64 start, u64 end)
{
	if (end > MONITOR_START || start >= end)
		return 0;
	return (unsigned long)(FIRST_L1 + (ROUND_UP(end, L1_SPAN) - ROUND_DOWN(start, L1_SPAN)) / L1_SPAN);
}

unsigned long arch_boot_l1_pfn(const struct build *b, unsigned long va)
{
	u64 first = ROUND_DOWN(build_layout(b)->map_start, L1_SPAN);

	return build_pt_pfn(b) + FIRST_L1 + (unsigned long)((va - first) / L1_SPAN);
}

void arch_build_upper_tables(const struct build *b)
{
	const struct layout *l = build_layout(b);
	unsigned long pt = build_pt_pfn(b);

	for (unsigned int slot = 0; slot < NR_L2; slot++)
		build_set_table(b, pt, slot, pt + 1 + slot, true);
	for (u64 va = ROUND_DOWN(l->map_start, L1_SPAN); va < l->map_end; va += L1_SPAN)
		build_set_table(b, pt + 1 + (unsigned long)(va >> L2_SPAN_SHIFT),
				(unsigned int)(va / L1_SPAN) & (PTES_PER_TABLE - 1),
				arch_boot_l1_pfn(b, (unsigned long)va), false);
}
