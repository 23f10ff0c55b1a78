/* SPDX-License-Identifier: MIT */
/*
 * Lab 5: what lab.c has to provide, and what it may use.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

/*
 * Make address `va` show machine frame `mfn`, readable and writable, each in its
 * own way. A last-level table covers va, and the translation that was there before
 * will be flushed by the caller. 0, or a negative error.
 */
int map_by_update_va_mapping(unsigned long va, unsigned long mfn);
int map_by_mmu_update(unsigned long va, unsigned long mfn);
int map_by_store(unsigned long va, unsigned long mfn);

/*
 * The two hypercalls, counted. value: the new entry; entry_maddr: the machine
 * address of the entry. lib/mm.h says where an entry is: mm_entry_maddr() and,
 * for a plain store, mm_mfn_to_pfn() and mm_pfn_to_virt().
 */
long lab_update_va_mapping(unsigned long va, uint64_t value);
long lab_mmu_update(uint64_t entry_maddr, uint64_t value);

#endif
