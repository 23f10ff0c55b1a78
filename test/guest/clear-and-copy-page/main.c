// SPDX-License-Identifier: MIT
/*
 * Claim: a guest has its own plain pages cleared and copied without mapping
 * them; tables, descriptors and what isn't its own stay as they are.
 * See: ABI 1.8, 3.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

static unsigned long mfn_of(const volatile void *page)
{
	return mm_virt_to_mfn((unsigned long)page);
}

static int copy(unsigned long to, unsigned long from)
{
	struct mmuext_op op = {.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = to, .arg2.src_mfn = from};

	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int clear(unsigned long mfn)
{
	return mm_ext_op(MMUEXT_CLEAR_PAGE, mfn);
}

void test_main(void)
{
	volatile uint32_t *one = mm_page_alloc(), *two = mm_page_alloc();
	unsigned long mfn = mfn_of(one), table = mfn_of((void *)start_info->pt_base);
	uint64_t entry = *(volatile uint64_t *)start_info->pt_base;
	uint64_t *gdt = mm_page_alloc();
	xen_pfn_t gdt_frame = mfn_of(gdt);

	one[0] = 1;
	one[1023] = 2;
	TEST_EQUAL("copy", copy(mfn_of(two), mfn), 0);
	TEST_CHECK(two[0] == 1 && two[1023] == 2, "%x %x", two[0], two[1023]);
	TEST_EQUAL("clear", clear(mfn), 0);
	TEST_CHECK(!one[0] && !one[1023], "%x %x", one[0], one[1023]);
	TEST_EQUAL("copy of a table", copy(mfn, table), 0);

	TEST_EQUAL("clear a table", clear(table), -XEN_EINVAL);
	TEST_EQUAL("copy to a table", copy(table, mfn), -XEN_EINVAL);
	TEST_CHECK(*(volatile uint64_t *)start_info->pt_base == entry, "the table has changed");
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&gdt_frame, 16), 0);
	TEST_EQUAL("clear a GDT", clear(gdt_frame), -XEN_EINVAL);
	TEST_EQUAL("copy to a GDT", copy(gdt_frame, mfn), -XEN_EINVAL);

	TEST_EQUAL("clear the monitor", clear(0x100), -XEN_EINVAL);
	TEST_EQUAL("copy from the monitor", copy(mfn, 0x100), -XEN_EINVAL);
	TEST_EQUAL("clear the screen", clear(0xb8), -XEN_EINVAL);
	TEST_EQUAL("no such frame", clear(0xfffff), -XEN_EINVAL);
	TEST_EQUAL("copy from none", copy(mfn, ~0ul), -XEN_EINVAL);
}
