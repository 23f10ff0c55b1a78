// SPDX-License-Identifier: MIT
/*
 * Building the direct map. Called once by kernel_main().
 *
 * Whoever started us mapped the kernel and a little more (bare: 16 MB by
 * native/head.S; Xen: to the next 4 MB boundary). The rest is mapped here,
 * in the same way for both: fill a fresh frame with entries, make it a page
 * table, hang it into the live middle table.
 */
#include "kern/kmap.h"
#include "kern/frames.h"
#include "kern/panic.h"
#include "kern/ptable.h"

/* Hang a new table for the 2 MB from `first` into `middle`. */
static void map_new_table(pte_t *middle, pfn_t first)
{
	pfn_t table_pfn = frame_alloc_zeroed();
	pte_t *table;

	if (table_pfn == PFN_NONE)
		panic("no memory for the direct map");
	table = pfn_to_va(table_pfn);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
		if (first + i < boot.nr_frames)
			table[i] = pte_make(first + i, PTE_KERNEL);
	/* A monitor refuses a page table that someone can still write. */
	pv_ops.mmu.table_protect(table_pfn);
	pv_ops.mmu.set_pte(middle, pte_make(table_pfn, PTE_TABLE));
}

void kmap_init(void)
{
	pfn_t root = pv_ops.mmu.boot_root();
	pfn_t pfn = 0;

	while (pfn < boot.nr_frames) {
		unsigned long va = (unsigned long)pfn_to_va(pfn);
		pte_t *middle = ptable_middle_slot(root, va);
		const pte_t *last;

		if (!(*middle & PTE_P)) {
			map_new_table(middle, pfn);
			pfn += PTES_PER_TABLE;
			continue;
		}
		last = ptable_last_slot(root, va);
		if (!(*last & PTE_P))
			pv_ops.mmu.set_va(va, pte_make(pfn, PTE_KERNEL));
		pfn++;
	}
	pv_ops.mmu.flush_tlb();
}
