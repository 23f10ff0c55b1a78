// SPDX-License-Identifier: MIT
/*
 * The upper tables of a process, PAE: a root of four entries, of which the
 * first (the user's gigabyte) and the last (the kernel's) are used.
 */
#include "kern/frames.h"
#include "kern/ptable.h"
#include "abi.h"
#include "pvops-guest/lib/string.h"

#define USER_SLOT   0
#define KERNEL_SLOT 3

int tables_create(struct tables *tables)
{
	pfn_t root = frame_alloc_zeroed();
	pfn_t user = frame_alloc_zeroed();
	pfn_t kernel = frame_alloc_zeroed();
	pte_t *root_table;

	if (root == PFN_NONE || user == PFN_NONE || kernel == PFN_NONE)
		goto no_memory;
	/*
	 * The kernel's quarter is copied, not shared: a monitor adds its own
	 * entries above KERNEL_LIMIT to each copy, and wants one per root.
	 */
	memcpy(pfn_to_va(kernel), ptable_middle_slot(pv_ops.mmu.boot_root(), KERNEL_BASE),
	       ptable_index(KERNEL_LIMIT, MIDDLE_LEVEL) * sizeof(pte_t));
	root_table = pfn_to_va(root);
	root_table[USER_SLOT] = pte_make(user, PTE_ROOT);
	root_table[KERNEL_SLOT] = pte_make(kernel, PTE_ROOT);

	pv_ops.mmu.table_protect(user);
	pv_ops.mmu.table_protect(kernel);
	pv_ops.mmu.table_protect(root);
	pv_ops.mmu.root_pin(root);
	tables->root = root;
	tables->user_root = PFN_NONE;
	return 0;

no_memory:
	if (root != PFN_NONE)
		frame_free(root);
	if (user != PFN_NONE)
		frame_free(user);
	if (kernel != PFN_NONE)
		frame_free(kernel);
	return ERR_NO_MEMORY;
}

void tables_unpin(const struct tables *tables)
{
	pv_ops.mmu.root_unpin(tables->root);
}

void tables_free(struct tables *tables)
{
	const pte_t *root_table = pfn_to_va(tables->root);

	table_free(pte_to_pfn(root_table[USER_SLOT]));
	table_free(pte_to_pfn(root_table[KERNEL_SLOT]));
	table_free(tables->root);
	tables->root = PFN_NONE;
}
