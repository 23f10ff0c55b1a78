// SPDX-License-Identifier: MIT
/*
 * Lab 5, solved.
 */
#include "pvops-guest/labs/5-three-ways/lab.h"
#include "pvops-guest/lib/mm.h"

int map_by_update_va_mapping(unsigned long va, unsigned long mfn)
{
	return lab_update_va_mapping(va, mm_make_entry(mfn, PTE_BASE | PTE_RW));
}

int map_by_mmu_update(unsigned long va, unsigned long mfn)
{
	return lab_mmu_update(mm_entry_maddr(va, 1), mm_make_entry(mfn, PTE_BASE | PTE_RW));
}

int map_by_store(unsigned long va, unsigned long mfn)
{
	uint64_t entry_maddr = mm_entry_maddr(va, 1);
	unsigned long table = mm_pfn_to_virt(mm_mfn_to_pfn(entry_maddr >> 12));
	volatile unsigned long *entry = (void *)(table + (unsigned long)(entry_maddr & 0xfff));
	uint64_t value = mm_make_entry(mfn, PTE_BASE | PTE_RW);

	/* In 32 bits an entry takes two stores. Absent first, so that no half of it is believed. */
	if (sizeof(*entry) == 4) {
		entry[0] = 0;
		entry[1] = value >> 32;
	}
	entry[0] = value;
	return 0;
}
