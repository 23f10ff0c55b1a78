/* SPDX-License-Identifier: MIT */
/*
 * The seam's part of domain building: the shape of a guest's first page
 * tables. They lie in consecutive pseudo-physical frames, root first, level by
 * level (ABI 1.3).
 */
#ifndef X86_BOOTTABLES_H
#define X86_BOOTTABLES_H

#include "lib/types.h"

struct boot_tables {
	u64 map_start, map_end;	/* guest addresses to be mapped */
	unsigned long pfn;	/* of the root */
	/* The p2m list at INIT_P2M, below map_start, if it has a place of its own; else 0, 0. */
	u64 p2m_start, p2m_end;
	unsigned long p2m_pfn;	/* first table that only it needs */
	/* Write one entry above the leaves; root: in the root's own form. */
	void (*link)(const struct boot_tables *t, unsigned long table_pfn, unsigned int slot,
		     unsigned long child_pfn, bool root);
	const void *ctx;	/* for link */
};

/* How many table pages map [start, end), root included; 0: it can't be mapped. */
unsigned long arch_boot_pt_pages(u64 start, u64 end);
/* How many more [p2m_start, p2m_end) takes, perhaps none; ~0UL: it can't be mapped. */
unsigned long arch_boot_p2m_pt_pages(const struct boot_tables *t);
/* Link the root and the middle levels. */
void arch_boot_link_upper(const struct boot_tables *t);
/* pfn of the leaf table that maps va, in either range. */
unsigned long arch_boot_l1_pfn(const struct boot_tables *t, unsigned long va);

#endif
