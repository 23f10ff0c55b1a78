// SPDX-License-Identifier: MIT
/*
 * Lab 6, solved.
 */
#include "pvops-guest/labs/6-page-table/lab.h"
#include "pvops-guest/lib/mm.h"

/* Is this frame one that we may only read? Our other mapping of it says so. */
static bool is_readonly(unsigned long mfn)
{
	return !(mm_entry_read(mm_pfn_to_virt(mm_mfn_to_pfn(mfn)), 1) & PTE_RW);
}

int build_table(uint64_t *table, const unsigned long *mfns, unsigned int nr, uint64_t slot_maddr)
{
	unsigned long table_mfn = mm_virt_to_mfn((unsigned long)table);
	int error;

	for (unsigned int i = 0; i < nr; i++)
		table[i] = mm_make_entry(mfns[i], PTE_BASE | (is_readonly(mfns[i]) ? 0 : PTE_RW));
	/* A frame is a page table or writable, never both. */
	error = mm_set_readonly((unsigned long)table);
	if (error)
		return error;
	return mm_update_entry(slot_maddr, mm_make_entry(table_mfn, PTE_BASE | PTE_RW));
}
