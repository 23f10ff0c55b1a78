// SPDX-License-Identifier: MIT
/*
 * Lab 6, starting point: right, if nobody checked.
 */
#include "pvops-guest/labs/6-page-table/lab.h"
#include "pvops-guest/lib/mm.h"

int build_table(uint64_t *table, const unsigned long *mfns, unsigned int nr, uint64_t slot_maddr)
{
	unsigned long table_mfn = mm_virt_to_mfn((unsigned long)table);

	for (unsigned int i = 0; i < nr; i++)
		table[i] = mm_make_entry(mfns[i], PTE_BASE | PTE_RW);
	return mm_update_entry(slot_maddr, mm_make_entry(table_mfn, PTE_BASE | PTE_RW));
}
