// SPDX-License-Identifier: MIT
/*
 * Page tables as a guest: we read them like any memory, in machine frame
 * numbers; the monitor writes them, after checking.
 *
 * The monitor's rule: a frame is a page table or writable, never both. Hence
 * table_protect() before a frame's first use as a table, table_release() after
 * its last.
 */
#include "kern/panic.h"
#include "kern/frames.h"
#include "kern/ptable.h"
#include "xen/guest.h"

mfn_t xen_pfn_to_mfn(pfn_t pfn)
{
	return ((const xen_pfn_t *)xen_start_info->mfn_list)[pfn];
}

pfn_t xen_mfn_to_pfn(mfn_t mfn)
{
	return ((const unsigned long *)MACH2PHYS_VIRT_START)[mfn];
}

pfn_t xen_boot_root(void)
{
	return va_to_pfn((void *)xen_start_info->pt_base);
}

/*
 * [tour: page-table-update 1] A guest wants to change one entry of its page
 * tables. It computes the machine address of the entry and the new value, with
 * a machine frame number in it, and asks. Compare native/mmu.c: a store.
 */
void xen_set_pte(pte_t *slot, pte_t value)
{
	uint64_t table = (uint64_t)xen_pfn_to_mfn(va_to_pfn(slot)) << PAGE_SHIFT;
	struct mmu_update update = {
		.ptr = table | ((unsigned long)slot & ~PAGE_MASK) | MMU_NORMAL_PT_UPDATE,
		.val = value,
	};
	long error = XEN_CALL(COUNT_MMU_UPDATE, hypercall_mmu_update(&update, 1, NULL, DOMID_SELF));

	if (error)
		panic("mmu_update of %p to %llx: error %ld", (void *)slot,
		      (unsigned long long)value, error);
}

void xen_set_va(unsigned long va, pte_t value)
{
	long error = XEN_CALL(COUNT_UPDATE_VA, hypercall_update_va_mapping(va, value, UVMF_INVLPG));

	if (error)
		panic("update_va_mapping of %lx to %llx: error %ld", va, (unsigned long long)value,
		      error);
}

void xen_table_protect(pfn_t pfn)
{
	xen_set_va((unsigned long)pfn_to_va(pfn), pte_make(pfn, PTE_KERNEL_RO));
}

void xen_table_release(pfn_t pfn)
{
	xen_set_va((unsigned long)pfn_to_va(pfn), pte_make(pfn, PTE_KERNEL));
}

/* One operation on a root table, or on none. */
static void root_op(enum xen_counter kind, unsigned int cmd, pfn_t pfn)
{
	struct mmuext_op op = {.cmd = cmd, .arg1.mfn = xen_pfn_to_mfn(pfn)};
	long error = XEN_CALL(kind, hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF));

	if (error)
		panic("mmuext_op %u of frame %x: error %ld", cmd, pfn, error);
}

void xen_root_pin(pfn_t pfn)
{
	root_op(COUNT_PIN, MMUEXT_PIN_L1_TABLE + PT_LEVELS - 1, pfn);
}

void xen_root_unpin(pfn_t pfn)
{
	root_op(COUNT_PIN, MMUEXT_UNPIN_TABLE, pfn);
}

unsigned int xen_load_ops(struct mmuext_op ops[2], const struct tables *tables)
{
	ops[0].cmd = MMUEXT_NEW_BASEPTR;
	ops[0].arg1.mfn = xen_pfn_to_mfn(tables->root);
	if (!pv_ops.mmu.two_roots)
		return 1;
	ops[1].cmd = MMUEXT_NEW_USER_BASEPTR;
	ops[1].arg1.mfn = tables->user_root == PFN_NONE ? 0 : xen_pfn_to_mfn(tables->user_root);
	return 2;
}

void xen_load_tables(const struct tables *tables)
{
	struct mmuext_op ops[2];
	unsigned int nr = xen_load_ops(ops, tables);
	long error = XEN_CALL(COUNT_LOAD_ROOT, hypercall_mmuext_op(ops, nr, NULL, DOMID_SELF));

	if (error)
		panic("loading the tables of root %x: error %ld", tables->root, error);
}

void xen_flush_tlb(void)
{
	root_op(COUNT_LOAD_ROOT, MMUEXT_TLB_FLUSH_LOCAL, 0);
}

unsigned long xen_fault_address(void)
{
	return xen_vcpu.arch.cr2;
}
