/* SPDX-License-Identifier: MIT */
/*
 * Boot page tables of a PAE guest: the L3, four L2s (all present, slot 3's with
 * our entries), then the L1s in address order. Called by domain/builder.c.
 */
#include "x86/boottables.h"
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
	start = ROUND_DOWN(start, L1_SPAN);
	end = ROUND_UP(end, L1_SPAN);
	return (unsigned long)(FIRST_L1 + (end - start) / L1_SPAN);
}

/* INIT_P2M is for 64-bit guests: theirs is the room. */
unsigned long arch_boot_p2m_pt_pages(const struct boot_tables *t)
{
	(void)t;
	return ~0UL;
}

unsigned long arch_boot_l1_pfn(const struct boot_tables *t, unsigned long va)
{
	u64 first = ROUND_DOWN(t->map_start, L1_SPAN);

	return t->pfn + FIRST_L1 + (unsigned long)((va - first) / L1_SPAN);
}

void arch_boot_link_upper(const struct boot_tables *t)
{
	for (unsigned int slot = 0; slot < NR_L2; slot++)
		t->link(t, t->pfn, slot, t->pfn + 1 + slot, true);
	for (u64 va = ROUND_DOWN(t->map_start, L1_SPAN); va < t->map_end; va += L1_SPAN)
		t->link(t, t->pfn + 1 + (unsigned long)(va >> L2_SPAN_SHIFT),
			(unsigned int)(va / L1_SPAN) & (PTES_PER_TABLE - 1),
			arch_boot_l1_pfn(t, (unsigned long)va), false);
}
