// SPDX-License-Identifier: MIT
/*
 * The upper tables of a process, 64-bit.
 *
 *     root[511] ------> the kernel's table, shared by all processes
 *     root[0] --+
 *               +-----> upper[0] ---> middle table: the first gigabyte
 *     user_root[0] --+
 *
 * Bare, the U/S bits keep a process out of the kernel's part. As a guest both
 * run in ring 3, so those bits keep nobody out, and a process gets a second
 * root that has no kernel in it: the monitor changes roots with the mode.
 */
#include "kern/frames.h"
#include "kern/ptable.h"
#include "abi.h"

#define USER_SLOT   0
#define KERNEL_SLOT 511

/* The table that present entry `slot` of table `pfn` leads to. */
static pfn_t table_below(pfn_t pfn, unsigned int slot)
{
	const pte_t *table = pfn_to_va(pfn);

	return pte_to_pfn(table[slot]);
}

/* Four fresh frames, of which the last only where it is needed. False: no memory. */
static bool alloc_frames(pfn_t frames[4])
{
	unsigned int nr = pv_ops.mmu.two_roots ? 4 : 3;

	frames[3] = PFN_NONE;
	for (unsigned int i = 0; i < nr; i++) {
		frames[i] = frame_alloc_zeroed();
		if (frames[i] != PFN_NONE)
			continue;
		while (i-- > 0)
			frame_free(frames[i]);
		return false;
	}
	return true;
}

/*
 * [tour: widths 15] In the guest: the second root of a process, with no kernel
 * in it. On a bare machine the same kernel does without.
 */
int tables_create(struct tables *tables)
{
	pfn_t frames[4];
	pfn_t root, upper, middle, user_root;
	const pte_t *boot_root = pfn_to_va(pv_ops.mmu.boot_root());
	pte_t *table;

	if (!alloc_frames(frames))
		return ERR_NO_MEMORY;
	root = frames[0], upper = frames[1], middle = frames[2], user_root = frames[3];

	table = pfn_to_va(upper);
	table[0] = pte_make(middle, PTE_TABLE);
	table = pfn_to_va(root);
	table[USER_SLOT] = pte_make(upper, PTE_ROOT);
	table[KERNEL_SLOT] = boot_root[KERNEL_SLOT];
	if (user_root != PFN_NONE) {
		table = pfn_to_va(user_root);
		table[USER_SLOT] = pte_make(upper, PTE_ROOT);
		pv_ops.mmu.table_protect(user_root);
	}
	pv_ops.mmu.table_protect(middle);
	pv_ops.mmu.table_protect(upper);
	pv_ops.mmu.table_protect(root);
	pv_ops.mmu.root_pin(root);
	if (user_root != PFN_NONE)
		pv_ops.mmu.root_pin(user_root);
	tables->root = root;
	tables->user_root = user_root;
	return 0;
}

void tables_unpin(const struct tables *tables)
{
	if (tables->user_root != PFN_NONE)
		pv_ops.mmu.root_unpin(tables->user_root);
	pv_ops.mmu.root_unpin(tables->root);
}

void tables_free(struct tables *tables)
{
	pfn_t upper = table_below(tables->root, USER_SLOT);

	table_free(table_below(upper, 0));
	table_free(upper);
	if (tables->user_root != PFN_NONE)
		table_free(tables->user_root);
	table_free(tables->root);
	tables->root = PFN_NONE;
	tables->user_root = PFN_NONE;
}
