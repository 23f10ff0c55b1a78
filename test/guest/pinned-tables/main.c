// SPDX-License-Identifier: MIT
/*
 * Claim: a page becomes an L1 table by pinning only while it isn't writable, is
 * checked whole, stays read-only while it is one, and is ordinary memory again
 * at once afterwards.
 * See: ABI 3.1, 3.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

static int pin(unsigned long mfn)
{
	return mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn);
}

static int unpin(unsigned long mfn)
{
	return mm_ext_op(MMUEXT_UNPIN_TABLE, mfn);
}

void test_main(void)
{
	uint64_t *table = mm_page_alloc(), *data = mm_page_alloc();
	unsigned long va = (unsigned long)table, mfn = mm_virt_to_mfn(va);
	unsigned long data_mfn = mm_virt_to_mfn((unsigned long)data);

	for (int i = 0; i < 512; i++)
		table[i] = i % 3 ? mm_make_entry(data_mfn, PTE_P | PTE_RW) : (uint64_t)i << 1;
	TEST_CHECK(pin(mfn), "pinned while writable");
	TEST_EQUAL("read-only", mm_set_readonly(va), 0);
	TEST_EQUAL("pin", pin(mfn), 0);
	TEST_EQUAL("second pin", pin(mfn), -XEN_EINVAL);
	TEST_CHECK(mm_set_writable(va), "a pinned table can be made writable");
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L2_TABLE, mfn), "an L1 table became an L2 table");
	/* The table maps data 341 times writable: it can't become a table. */
	TEST_EQUAL("data read-only", mm_set_readonly((unsigned long)data), 0);
	TEST_CHECK(pin(data_mfn), "a page with writable mappings was pinned");
	TEST_EQUAL("update of the pinned table",
		   mm_update_entry((uint64_t)mfn << 12, mm_make_entry(data_mfn, PTE_P)), 0);
	TEST_CHECK(mm_update_entry((uint64_t)mfn << 12, mm_make_entry(mfn, PTE_P | PTE_RW)),
		   "the table maps itself writable");
	TEST_EQUAL("unpin", unpin(mfn), 0);
	TEST_EQUAL("second unpin", unpin(mfn), -XEN_EINVAL);
	TEST_EQUAL("writable again", mm_set_writable(va), 0);
	TEST_EQUAL("pin of data, now unmapped", pin(data_mfn), 0);
	TEST_EQUAL("unpin of data", unpin(data_mfn), 0);
	TEST_EQUAL("data writable", mm_set_writable((unsigned long)data), 0);

	/* One bad entry, the last: nothing may remain of the attempt. */
	for (int i = 0; i < 511; i++)
		table[i] = mm_make_entry(data_mfn, PTE_P | PTE_RW);
	table[511] = mm_make_entry(mfn, PTE_P | PTE_RW);
	mm_set_readonly(va);
	TEST_CHECK(pin(mfn), "a table that maps itself writable was pinned");
	TEST_EQUAL("writable after a failed pin", mm_set_writable(va), 0);
	mm_set_readonly((unsigned long)data);
	TEST_EQUAL("pin of data after a failed pin", pin(data_mfn), 0);
	TEST_EQUAL("unpin of data", unpin(data_mfn), 0);
	TEST_CHECK(pin(0xffffff), "a frame that doesn't exist was pinned");
	TEST_CHECK(unpin(0xffffff), "a frame that doesn't exist was unpinned");
}
