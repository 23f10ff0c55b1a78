/* SPDX-License-Identifier: MIT */
/*
 * Page tables as data: entry bits, and the walk down the levels.
 * Both widths have entries of 8 bytes; they differ in the number of levels
 * (width.h) and in what a process's upper tables look like (tables.c).
 *
 * Level 1 is the last, PT_LEVELS the root. Entries hold machine frame numbers;
 * everything here takes and returns our own (pfn), and translates through
 * pv_ops.mmu.
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

/* What the entries of each kind carry; PTE_ROOT is the width's. */
#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A)
#define PTE_KERNEL (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_KERNEL_RO (PTE_P | PTE_A)
#define PTE_USER (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_USER_RO (PTE_P | PTE_US | PTE_A)

#define PTES_PER_TABLE 512
/* An entry of level 2 spans this much. */
#define MIDDLE_LEVEL 2

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

/* Which entry of its table of level `level` is for `va`. */
static inline unsigned int ptable_index(unsigned long va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1);
}

/* The slot for `va` in its table of level `level` under `root`, or NULL if there is none. */
static inline pte_t *ptable_slot(pfn_t root, unsigned long va, unsigned int level)
{
	pte_t *table = pfn_to_va(root);

	for (unsigned int at = PT_LEVELS; at > level; at--) {
		pte_t entry = table[ptable_index(va, at)];

		if (!(entry & PTE_P))
			return NULL;
		table = pfn_to_va(pte_to_pfn(entry));
	}
	return &table[ptable_index(va, level)];
}

/* Slot for `va` in the middle table of the tables under `root`; that table must exist. */
static inline pte_t *ptable_middle_slot(pfn_t root, unsigned long va)
{
	return ptable_slot(root, va, MIDDLE_LEVEL);
}

/* Slot for `va` in the last table, or NULL if there is no such table. */
static inline pte_t *ptable_last_slot(pfn_t root, unsigned long va)
{
	return ptable_slot(root, va, 1);
}

/*
 * Build a process's upper tables: the kernel's part, and for the user's part
 * everything down to one empty middle table, for addresses below USER_LIMIT.
 * They end pinned. 0 or ERR_NO_MEMORY. irqs off. kern/ARCH/tables.c.
 */
int tables_create(struct tables *tables);

/* Unpin them: from here on they are frames that can still be read. irqs off. */
void tables_unpin(const struct tables *tables);

/* Free them after tables_unpin(), when all last tables are gone. irqs off. */
void tables_free(struct tables *tables);

/* Return one table to the allocator. irqs off. */
void table_free(pfn_t pfn);

#endif
