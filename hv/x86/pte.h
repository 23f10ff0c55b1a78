/* SPDX-License-Identifier: MIT */
/*
 * Page-table entries: 8 bytes, 512 to a table, on both widths.
 * SDM vol. 3A, 4.4 (PAE) and 4.5 (4-level).
 */
#ifndef X86_PTE_H
#define X86_PTE_H

#include "lib/types.h"

typedef u64 pte_t;

#define PTE_P (1ULL << 0)
#define PTE_RW (1ULL << 1)
#define PTE_US (1ULL << 2)
#define PTE_PWT (1ULL << 3)
#define PTE_PCD (1ULL << 4)
#define PTE_A (1ULL << 5)
#define PTE_D (1ULL << 6)
#define PTE_PS (1ULL << 7)  /* PAT in a 4 KiB leaf */
#define PTE_PAT (1ULL << 7)
#define PTE_G (1ULL << 8)
#define PTE_AVAIL (7ULL << 9)
#define PTE_AVAIL_HIGH (0x7ffULL << 52)
#define PTE_NX (1ULL << 63)
/* Frame bits: 40 physical address bits are all that the ABI's guests see. */
#define PTE_FRAME 0x000000fffffff000ULL

#define PTES_PER_TABLE 512

static inline mfn_t pte_mfn(pte_t e)
{
	return MFN((unsigned long)((e & PTE_FRAME) >> PAGE_SHIFT));
}

static inline pte_t pte_make(mfn_t mfn, u64 flags)
{
	return ((u64)mfn.v << PAGE_SHIFT) | flags;
}

#endif
