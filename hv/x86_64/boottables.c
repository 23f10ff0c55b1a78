/* SPDX-License-Identifier: MIT */
/*
 * Boot page tables of a 64-bit guest: the L4, then the L3s, L2s and L1s that
 * map its image, each level in address order. A p2m list mapped at an address
 * of its own (INIT_P2M) brings its L3s, L2s and L1s along, elsewhere. Called by
 * domain/builder.c and layout.c.
 */
#include "x86/boottables.h"
#include "x86/arch.h"
#include "x86/pte.h"

#define LEVELS 4
/* log2 of what an entry of a table of this level covers; of the table: the next. */
#define SHIFT(level) (3u + 9 * (level))

/* How many tables of a level [start, end) takes; not empty. */
static unsigned long nr_tables(u64 start, u64 end, unsigned int level)
{
	if (level == LEVELS)
		return 1;
	return (unsigned long)(((end - 1) >> SHIFT(level + 1)) - (start >> SHIFT(level + 1)) + 1);
}

/* The same for the p2m list, without the one that its end may share with the image. */
static unsigned long nr_p2m_tables(const struct boot_tables *t, unsigned int level)
{
	unsigned int shift = SHIFT(level + 1);

	if (level == LEVELS)
		return 0;
	return nr_tables(t->p2m_start, t->p2m_end, level) -
	       ((t->p2m_end - 1) >> shift == t->map_start >> shift);
}

static bool range_ok(u64 start, u64 end)
{
	return start < end && arch_guest_range_ok(start, end - start);
}

unsigned long arch_boot_pt_pages(u64 start, u64 end)
{
	unsigned long sum = 0;

	if (!range_ok(start, end))
		return 0;
	for (unsigned int level = LEVELS; level; level--)
		sum += nr_tables(start, end, level);
	return sum;
}

unsigned long arch_boot_p2m_pt_pages(const struct boot_tables *t)
{
	unsigned long sum = 0;

	if (!range_ok(t->p2m_start, t->p2m_end) || t->p2m_end > t->map_start)
		return ~0UL;
	for (unsigned int level = LEVELS; level; level--)
		sum += nr_p2m_tables(t, level);
	return sum;
}

/* pfn of the table of this level that maps va. */
static unsigned long table_pfn(const struct boot_tables *t, u64 va, unsigned int level)
{
	unsigned int shift = SHIFT(level + 1);
	unsigned long pfn;

	if (level == LEVELS)
		return t->pfn;
	if (va >> shift >= t->map_start >> shift && va >> shift <= (t->map_end - 1) >> shift) {
		pfn = t->pfn + (unsigned long)((va >> shift) - (t->map_start >> shift));
		for (unsigned int l = LEVELS; l > level; l--)
			pfn += nr_tables(t->map_start, t->map_end, l);
		return pfn;
	}
	pfn = t->p2m_pfn + (unsigned long)((va >> shift) - (t->p2m_start >> shift));
	for (unsigned int l = LEVELS; l > level; l--)
		pfn += nr_p2m_tables(t, l);
	return pfn;
}

unsigned long arch_boot_l1_pfn(const struct boot_tables *t, unsigned long va)
{
	return table_pfn(t, va, 1);
}

/* Enter the tables of this level, for [start, end), in those above. */
static void link_level(const struct boot_tables *t, u64 start, u64 end, unsigned int level)
{
	unsigned int shift = SHIFT(level + 1);

	for (u64 i = start >> shift; i <= (end - 1) >> shift; i++)
		t->link(t, table_pfn(t, i << shift, level + 1),
			(unsigned int)i & (PTES_PER_TABLE - 1), table_pfn(t, i << shift, level),
			false);
}

void arch_boot_link_upper(const struct boot_tables *t)
{
	for (unsigned int level = LEVELS - 1; level; level--) {
		link_level(t, t->map_start, t->map_end, level);
		if (t->p2m_end)
			link_level(t, t->p2m_start, t->p2m_end, level);
	}
}
