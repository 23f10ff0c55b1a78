// SPDX-License-Identifier: MIT
/* Memory for ring 3: page tables and zeroed pages, never given back. */

#include "linux.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"

/* A table of the given level where the entry above has none. */
static bool make_table(unsigned long va, unsigned int level)
{
	/* The root's entries have fewer bits. */
	uint64_t flags = level == 2 ? PTE_P : PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D;
	void *table;

	if (mm_entry_maddr(va, level))
		return true;
	table = mm_page_alloc();
	return table && !mm_set_readonly((unsigned long)table) &&
	       !mm_update_entry(mm_entry_maddr(va, level + 1),
				mm_make_entry(mm_virt_to_mfn((unsigned long)table), flags));
}

bool space_map(unsigned long va, unsigned long len_bytes)
{
	unsigned long end = va + len_bytes;

	if (end < va || end > USER_END)
		return false;
	for (va &= ~(PAGE_SIZE - 1); va < end; va += PAGE_SIZE) {
		void *page;

		if (!make_table(va, 2) || !make_table(va, 1))
			return false;
		if (mm_entry_read(va, 1) & PTE_P)
			continue;
		page = mm_page_alloc();
		if (!page || mm_map(va, mm_virt_to_mfn((unsigned long)page), PTE_RW | PTE_US))
			return false;
	}
	return true;
}
