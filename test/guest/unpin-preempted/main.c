// SPDX-License-Identifier: MIT
/*
 * Claim: when unpinning returns, all that it let go of is free for other uses,
 * and no call ever says -ERESTART, however often others take the CPU meanwhile.
 * Rule: a call that is interrupted goes on until its work is done, unseen by the guest.
 * See: ABI 2.2, 2.4, 3.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"

#define NR_TABLES  512
#define FIRST_PFN  3000 /* past all that is mapped at start */
#define TEST_NS	   300000000ull

/* The second domain: wants the CPU all the time. */
static void spin(void)
{
	uint64_t end = system_time_ns() + TEST_NS;

	while (system_time_ns() < end)
		asm volatile("" ::: "memory");
}

void test_main(void)
{
	uint64_t *l2 = mm_page_alloc();
	unsigned long va = (unsigned long)l2, mfn = mm_virt_to_mfn(va);
	uint64_t end_ns = system_time_ns() + TEST_NS;
	unsigned int round;
	int rc;

	if (start_info->cmd_line[0]) {
		spin();
		return;
	}
	for (unsigned int i = 0; i < NR_TABLES; i++)
		l2[i] = mm_make_entry(mm_pfn_to_mfn(FIRST_PFN + i), PTE_P | PTE_RW | PTE_A);
	for (round = 0; system_time_ns() < end_ns; round++) {
		TEST_EQUAL("making it read-only", mm_set_readonly(va), 0);
		TEST_EQUAL("pin", mm_ext_op(MMUEXT_PIN_L2_TABLE, mfn), 0);
		TEST_EQUAL("unpin", mm_ext_op(MMUEXT_UNPIN_TABLE, mfn), 0);
		rc = mm_set_writable(va);
		if (rc) {
			test_failure("round %u: the unpinned table isn't free: %d", round, rc);
			return;
		}
	}
	debug_printf("%u rounds\n", round);
}
