/* SPDX-License-Identifier: MIT */
/*
 * PAE page tables as data: entry bits, and the walk down the levels.
 * SDM vol. 3A, 4.4. Three levels: a root of 4 entries, then 512 and 512.
 *
 * Entries hold machine frame numbers; everything here takes and returns our
 * own (pfn), and translates through pv_ops.mmu.
 */
#ifndef KERN_PTABLE_H
#define KERN_PTABLE_H

#include "kern/types.h"
#include "pv_ops.h"

#define PTE_P 0x001ull
#define PTE_RW 0x002ull
#define PTE_US 0x004ull
#define PTE_A 0x020ull
#define PTE_D 0x040ull
#define PTE_FRAME 0x000000fffffff000ull

/* What the entries of each kind carry. Root entries may have P only. */
#define PTE_ROOT PTE_P
#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A)
#define PTE_KERNEL (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_KERNEL_RO (PTE_P | PTE_A)
#define PTE_USER (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_USER_RO (PTE_P | PTE_US | PTE_A)

#define PTES_PER_TABLE 512
#define PTES_PER_ROOT 4

/* An entry for our frame `pfn`. */
static inline pte_t pte_make(pfn_t pfn, pte_t flags)
{
	return (pte_t)pv_ops.mmu.pfn_to_mfn(pfn) << PAGE_SHIFT | flags;
}

/* The table, or the frame, that present entry `pte` refers to. */
static inline pfn_t pte_to_pfn(pte_t pte)
{
	return pv_ops.mmu.mfn_to_pfn((pte & PTE_FRAME) >> PAGE_SHIFT);
}

static inline unsigned int root_index(unsigned long va)
{
	return va >> 30;
}

static inline unsigned int middle_index(unsigned long va)
{
	return (va >> 21) & (PTES_PER_TABLE - 1);
}

static inline unsigned int last_index(unsigned long va)
{
	return (va >> PAGE_SHIFT) & (PTES_PER_TABLE - 1);
}

/* Slot for `va` in the middle table of the tables under `root`; that table must exist. */
static inline pte_t *ptable_middle_slot(pfn_t root, unsigned long va)
{
	const pte_t *root_table = pfn_to_va(root);
	pte_t *middle = pfn_to_va(pte_to_pfn(root_table[root_index(va)]));

	return &middle[middle_index(va)];
}

/* Slot for `va` in the last table, or NULL if there is no such table. */
static inline pte_t *ptable_last_slot(pfn_t root, unsigned long va)
{
	const pte_t *middle = ptable_middle_slot(root, va);
	pte_t *last;

	if (!(*middle & PTE_P))
		return NULL;
	last = pfn_to_va(pte_to_pfn(*middle));
	return &last[last_index(va)];
}

#endif
