// SPDX-License-Identifier: MIT
/*
 * Claim: every grant table operation refuses what it can't do, by the call's
 * result or each operation's status, and what isn't there is -ENOSYS: counts,
 * pointers, domains, sizes and versions of every kind.
 * See: ABI 2.2, 2.4, 6.5
 */

#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define MONITOR 0xfc000000u

static long op(unsigned int cmd, void *arg, unsigned int count)
{
	return hypercall_grant_table_op(cmd, arg, count);
}

static void check_pointers_and_counts(void)
{
	static const unsigned int arrays[] = {GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref,
					      GNTTABOP_copy, GNTTABOP_unmap_and_replace};
	static const unsigned int singles[] = {GNTTABOP_setup_table, GNTTABOP_query_size,
					       GNTTABOP_set_version, GNTTABOP_get_version};
	char *page = mm_page_alloc();

	TEST_EQUAL("unmap", mm_unmap((unsigned long)page), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(arrays); i++) {
		TEST_EQUAL("no operations", op(arrays[i], (void *)MONITOR, 0), 0);
		TEST_EQUAL("null pointer", op(arrays[i], NULL, 1), -XEN_EFAULT);
		TEST_EQUAL("monitor's memory", op(arrays[i], (void *)MONITOR, 1), -XEN_EFAULT);
		TEST_EQUAL("missing page", op(arrays[i], page, 1), -XEN_EFAULT);
		TEST_EQUAL("across the border",
			   op(arrays[i], (void *)(HYPERVISOR_VIRT_START - 4), 1), -XEN_EFAULT);
		TEST_EQUAL("2^31 operations", op(arrays[i], page, 0x80000000u), -XEN_EINVAL);
		TEST_EQUAL("2^32 - 1 operations", op(arrays[i], page, ~0u), -XEN_EINVAL);
		/* Into the missing page sooner or later. */
		TEST_EQUAL("2^31 - 1 operations", op(arrays[i], page - 256, 0x7fffffff),
			   -XEN_EFAULT);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(singles); i++) {
		TEST_EQUAL("none", op(singles[i], page, 0), -XEN_EINVAL);
		TEST_EQUAL("two", op(singles[i], page, 2), -XEN_EINVAL);
		TEST_EQUAL("missing page", op(singles[i], page, 1), -XEN_EFAULT);
	}
}

static void check_absent(void *page)
{
	static const unsigned int absent[] = {
		GNTTABOP_dump_table, GNTTABOP_transfer, GNTTABOP_get_status_frames,
		GNTTABOP_swap_grant_ref, GNTTABOP_cache_flush, 13, 99, 0x80000000u, ~0u,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		TEST_EQUAL("what isn't there", op(absent[i], page, 1), -XEN_ENOSYS);
}

static void check_versions(void)
{
	struct gnttab_set_version set = {.version = 2};
	struct gnttab_get_version get = {.dom = DOMID_SELF};

	TEST_EQUAL("version 2", op(GNTTABOP_set_version, &set, 1), -XEN_ENOSYS);
	set.version = 0;
	TEST_EQUAL("version 0", op(GNTTABOP_set_version, &set, 1), -XEN_EINVAL);
	set.version = ~0u;
	TEST_EQUAL("version 2^32 - 1", op(GNTTABOP_set_version, &set, 1), -XEN_EINVAL);
	set.version = 1;
	TEST_EQUAL("version 1", op(GNTTABOP_set_version, &set, 1), 0);
	TEST_EQUAL("its answer", set.version, 1);
	TEST_EQUAL("get_version", op(GNTTABOP_get_version, &get, 1), 0);
	TEST_EQUAL("its answer", get.version, 1);
	get.dom = 0;
	TEST_EQUAL("another's version", op(GNTTABOP_get_version, &get, 1), -XEN_EPERM);
}

static int setup(domid_t dom, uint32_t nr_frames, xen_pfn_t *list)
{
	struct gnttab_setup_table arg = {.dom = dom, .nr_frames = nr_frames};

	set_xen_guest_handle(arg.frame_list, list);
	TEST_EQUAL("setup_table", op(GNTTABOP_setup_table, &arg, 1), 0);
	return arg.status;
}

static void check_size(xen_pfn_t *list)
{
	struct gnttab_query_size size = {.dom = DOMID_SELF};
	unsigned int max;
	struct grant_entry_v1 *last = mm_page_alloc();

	TEST_EQUAL("query_size", op(GNTTABOP_query_size, &size, 1), 0);
	TEST_EQUAL("its status", size.status, 0);
	TEST_EQUAL("frames at first", size.nr_frames, 1);
	max = size.max_nr_frames;
	TEST_CHECK(max >= 4, "only %u frames", max);
	TEST_EQUAL("too many frames", setup(DOMID_SELF, max + 1, list), GNTST_general_error);
	TEST_EQUAL("2^32 - 1 frames", setup(DOMID_SELF, ~0u, list), GNTST_general_error);
	TEST_EQUAL("no frames", setup(DOMID_SELF, 0, (xen_pfn_t *)MONITOR), 0);
	TEST_EQUAL("another's table", setup(0, 1, list), GNTST_permission_denied);
	TEST_CHECK(setup(DOMID_XEN, 1, list) < 0, "DOMID_XEN has a table");
	TEST_EQUAL("list in the monitor", setup(DOMID_SELF, 1, (xen_pfn_t *)MONITOR),
		   GNTST_bad_virt_addr);
	TEST_EQUAL("list in a page table", setup(DOMID_SELF, 1, (xen_pfn_t *)start_info->pt_base),
		   GNTST_bad_virt_addr);
	TEST_EQUAL("all frames", setup(DOMID_SELF, max, list), 0);
	TEST_EQUAL("query_size", op(GNTTABOP_query_size, &size, 1), 0);
	TEST_EQUAL("frames in the end", size.nr_frames, max);
	/* All of them are this domain's to map, and real: the last entry works. */
	for (unsigned int i = 0; i < max; i++)
		TEST_EQUAL("map a frame of it",
			   mm_map((unsigned long)last, list[i], PTE_RW | PTE_D), 0);
	last[511].frame = 0x1234;
	TEST_EQUAL("as large as it was", setup(DOMID_SELF, 1, list), 0);
}

/* Its frames are shared with the monitor: never tables, never given away. */
static void check_frames_are_plain(unsigned long mfn)
{
	struct xen_memory_reservation give = {.nr_extents = 1, .domid = DOMID_SELF};
	xen_pfn_t frame = mfn;

	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn), "a grant frame became a table");
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L3_TABLE, mfn), "a grant frame became a root");
	set_xen_guest_handle(give.extent_start, &frame);
	TEST_CHECK(hypercall_memory_op(XENMEM_decrease_reservation, &give) <= 0,
		   "a grant frame was given away");
}

void test_main(void)
{
	static xen_pfn_t list[64];
	void *page = mm_page_alloc();

	check_pointers_and_counts();
	check_absent(page);
	check_versions();
	check_size(list);
	check_frames_are_plain(list[0]);
}
