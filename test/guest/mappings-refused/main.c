// SPDX-License-Identifier: MIT
/*
 * Claim: no page-table entry that breaks isolation is accepted, by any of the
 * calls: page tables stay read-only, foreign and monitor frames and reserved
 * bits are refused, and the monitor's addresses can't be mapped.
 * See: ABI 3.1, 3.2
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define MONITOR_STEP  (PT_LEVELS == 3 ? 0x200000ul : 0x40000000ul)
#define MONITOR_END   (PT_LEVELS == 3 ? 0 : HYPERVISOR_VIRT_START + (1ull << 43))
#define MONITOR_STEPS ((unsigned long)(MONITOR_END - HYPERVISOR_VIRT_START) / MONITOR_STEP)

static unsigned long page;
static uint64_t entry_maddr;

static void refuse(const char *what, uint64_t entry)
{
	TEST_CHECK(hypercall_update_va_mapping(page, entry, 0), "update_va_mapping: %s", what);
	TEST_CHECK(mm_update_entry(entry_maddr, entry), "mmu_update: %s", what);
}

/* The frame of the grant table, which is ours to map though not in our p2m. */
static unsigned long grant_frame(void)
{
	xen_pfn_t frame = 0;
	struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};

	set_xen_guest_handle(setup.frame_list, &frame);
	hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	return frame;
}

/* Frames that are not ours: any that the machine-to-physical table doesn't claim. */
static void refuse_foreign_frames(unsigned long own_mfn)
{
	unsigned long shared = start_info->shared_info >> 12, grants = grant_frame();

	for (unsigned long mfn = 0; mfn < 0x10000; mfn++) {
		if (mm_pfn_to_mfn(mm_mfn_to_pfn(mfn)) == mfn || mfn == shared || mfn == grants)
			continue;
		if (!hypercall_update_va_mapping(page, mm_make_entry(mfn, PTE_P), 0)) {
			test_failure("mapped frame %lx read-only", mfn);
			mm_map(page, own_mfn, PTE_RW);
			return;
		}
	}
}

static void refuse_table_changes(unsigned long own_mfn)
{
	uint64_t l2 = mm_entry_maddr(page, 2);
	uint64_t hole = mm_entry_maddr(HYPERVISOR_VIRT_START, 3);

	TEST_CHECK(mm_update_entry(l2, mm_make_entry(own_mfn, PTE_P | PTE_RW | PTE_PS)),
		   "a large page was accepted");
	for (unsigned int level = 2; level <= PT_LEVELS; level++)
		TEST_CHECK(mm_update_entry(mm_entry_maddr(page, level),
					   mm_make_entry(own_mfn, PTE_P)),
			   "a data page became an L%u table while writable", level - 1);
	TEST_CHECK(mm_update_entry(hole, 0), "the L2 table of slot 3 was taken away");
	TEST_CHECK(mm_ext_op(MMUEXT_NEW_BASEPTR, own_mfn), "a data page became the root");
	TEST_CHECK(mm_ext_op(MMUEXT_NEW_BASEPTR, 0xfffff), "no frame became the root");
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, own_mfn), "a writable page was pinned");
	TEST_CHECK(mm_ext_op(MMUEXT_UNPIN_TABLE, own_mfn), "a page never pinned was unpinned");
}

void test_main(void)
{
	unsigned long own_mfn, table_mfn;
	uint32_t value;
	struct trap_result r;

	page = (unsigned long)mm_page_alloc();
	own_mfn = mm_virt_to_mfn(page);
	table_mfn = mm_virt_to_mfn(start_info->pt_base);
	entry_maddr = mm_entry_maddr(page, 1);

	refuse("the root, writable", mm_make_entry(table_mfn, PTE_P | PTE_RW));
	refuse("an L1 table, writable", mm_make_entry(entry_maddr >> 12, PTE_P | PTE_RW));
	refuse("a large page", mm_make_entry(own_mfn, PTE_P | PTE_RW | PTE_PS));
	refuse("a frame behind the memory", mm_make_entry(0xfffffff, PTE_P | PTE_RW));
	refuse("reserved bits", mm_make_entry(own_mfn, PTE_P) | 1ull << 51);
	refuse("an uncached page", mm_make_entry(own_mfn, PTE_P | PTE_PCD));
	refuse_foreign_frames(own_mfn);
	refuse_table_changes(own_mfn);

	/* In 64 bits there are 8 TiB of it; every GiB is enough. */
	for (unsigned long va = HYPERVISOR_VIRT_START, i = 0; i < MONITOR_STEPS;
	     i++, va += MONITOR_STEP)
		TEST_CHECK(hypercall_update_va_mapping(va, mm_make_entry(own_mfn, PTE_P | PTE_RW),
						       0),
			   "mapped a page at %lx", va);
	TEST_EQUAL("unmap where no table is", mm_unmap(0x40000000), -XEN_EINVAL);

	/* After all that the page is still ours and as it was. */
	TEST_CHECK(mm_virt_to_mfn(page) == own_mfn, "the entry was changed");
	TEST_CHECK(probe_write32(page, 7, &r) && probe_read32(page, &value, &r) && value == 7,
		   "the page is lost");
	TEST_EQUAL("read-only view of the root", mm_map(page, table_mfn, 0), 0);
	TEST_EQUAL("mapping back", mm_map(page, own_mfn, PTE_RW), 0);
}
