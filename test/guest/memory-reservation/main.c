// SPDX-License-Identifier: MIT
/*
 * Claim: a domain gives memory back and takes it again; what it gave is not
 * its own any more, and it never gets more than its maximum.
 * See: ABI 2.2
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

static long reservation(unsigned int cmd, xen_pfn_t *extents, unsigned int nr, domid_t domid)
{
	struct xen_memory_reservation r = {.nr_extents = nr, .domid = domid};

	set_xen_guest_handle(r.extent_start, extents);
	return hypercall_memory_op(cmd, &r);
}

static long current_pages(void)
{
	domid_t self = DOMID_SELF;

	return hypercall_memory_op(XENMEM_current_reservation, &self);
}

/*
 * A frame that is given back while it is mapped is ours until the mapping goes.
 * What we call it in the machine-to-physical table goes with it, not to others.
 */
static void check_m2p_of_late_frame(void)
{
	unsigned long page = (unsigned long)mm_page_alloc(), mfn = mm_virt_to_mfn(page);
	struct mmu_update u = {.ptr = (uint64_t)mfn << 12 | MMU_MACHPHYS_UPDATE, .val = 0x5ec7e7};
	xen_pfn_t extent = mfn;

	TEST_EQUAL("decrease of a mapped page",
		   reservation(XENMEM_decrease_reservation, &extent, 1, DOMID_SELF), 1);
	TEST_EQUAL("naming it", hypercall_mmu_update(&u, 1, NULL, DOMID_SELF), 0);
	TEST_CHECK(mm_mfn_to_pfn(mfn) == 0x5ec7e7, "it is %lx", mm_mfn_to_pfn(mfn));
	TEST_EQUAL("unmap", mm_unmap(page), 0);
	TEST_CHECK(mm_mfn_to_pfn(mfn) != 0x5ec7e7, "a free frame keeps its name");
	TEST_CHECK(hypercall_mmu_update(&u, 1, NULL, DOMID_SELF) < 0, "named a free frame");
	extent = mm_virt_to_pfn(page);
	TEST_EQUAL("another", reservation(XENMEM_populate_physmap, &extent, 1, DOMID_SELF), 1);
	TEST_EQUAL("map it", mm_map(page, extent, PTE_RW), 0);
}

void test_main(void)
{
	unsigned long page = (unsigned long)mm_page_alloc(), old_mfn = mm_virt_to_mfn(page);
	unsigned long pfn = mm_virt_to_pfn(page), mfn;
	long before = current_pages();
	xen_pfn_t extent = old_mfn;
	struct trap_result r;
	uint32_t value = 1;

	check_m2p_of_late_frame();
	TEST_EQUAL("unmap", mm_unmap(page), 0);
	TEST_EQUAL("decrease", reservation(XENMEM_decrease_reservation, &extent, 1, DOMID_SELF), 1);
	TEST_EQUAL("pages", current_pages(), before - 1);
	TEST_CHECK(mm_map(page, old_mfn, 0), "mapped a page that was given back");
	TEST_CHECK(mm_mfn_to_pfn(old_mfn) != pfn, "the m2p entry is still there");
	TEST_EQUAL("second decrease",
		   reservation(XENMEM_decrease_reservation, &extent, 1, DOMID_SELF), 0);

	extent = pfn;
	TEST_EQUAL("populate", reservation(XENMEM_populate_physmap, &extent, 1, DOMID_SELF), 1);
	mfn = extent;
	TEST_EQUAL("pages after populate", current_pages(), before);
	TEST_CHECK(mm_mfn_to_pfn(mfn) == pfn, "m2p of the new frame is %lx", mm_mfn_to_pfn(mfn));
	TEST_EQUAL("map", mm_map(page, mfn, PTE_RW), 0);
	TEST_CHECK(probe_read32(page, &value, &r) && !value, "the new page holds %x", value);

	extent = pfn;
	TEST_EQUAL("populate over the maximum",
		   reservation(XENMEM_populate_physmap, &extent, 1, DOMID_SELF), 0);
	TEST_CHECK(reservation(XENMEM_populate_physmap, &extent, 1, 0) <= 0,
		   "populated another domain");
	TEST_CHECK(reservation(XENMEM_decrease_reservation, &extent, 1, 0) <= 0,
		   "took memory from another domain");
	extent = 0xfffff;
	TEST_EQUAL("decrease of a foreign frame",
		   reservation(XENMEM_decrease_reservation, &extent, 1, DOMID_SELF), 0);
}
