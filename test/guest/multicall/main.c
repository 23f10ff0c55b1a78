// SPDX-License-Identifier: MIT
/*
 * Claim: a multicall carries out its entries in order and gives each its own
 * result; a bad entry doesn't stop the others.
 * See: ABI 2.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

void test_main(void)
{
	static struct multicall_entry calls[6];
	unsigned long page = (unsigned long)mm_page_alloc(), mfn = mm_virt_to_mfn(page);
	uint64_t entry = mm_make_entry(mfn, PTE_P | PTE_RW | PTE_A);

	*(volatile uint32_t *)page = 77;
	calls[0].op = __HYPERVISOR_update_va_mapping;
	calls[0].args[0] = page;
	calls[0].args[3] = UVMF_INVLPG;
	calls[1].op = 63;
	calls[2].op = __HYPERVISOR_update_va_mapping;
	calls[2].args[0] = page;
	calls[2].args[1] = (uint32_t)entry;
	calls[2].args[2] = entry >> 32;
	calls[2].args[3] = UVMF_INVLPG;
	calls[3].op = __HYPERVISOR_xen_version;
	calls[3].args[0] = XENVER_version;
	calls[4].op = __HYPERVISOR_update_va_mapping;
	calls[4].args[0] = 0xfff00000;
	calls[5].op = __HYPERVISOR_multicall;
	calls[5].args[0] = (unsigned long)calls;
	calls[5].args[1] = 1;
	TEST_EQUAL("multicall", hypercall_multicall(calls, 6), 0);
	TEST_EQUAL("first", calls[0].result, 0);
	TEST_EQUAL("unknown call", (long)calls[1].result, -XEN_ENOSYS);
	TEST_EQUAL("third", calls[2].result, 0);
	TEST_CHECK((long)calls[3].result > 0, "no version");
	TEST_CHECK((long)calls[4].result < 0, "mapped over the monitor");
	TEST_CHECK((long)calls[5].result < 0, "a multicall inside a multicall");
	TEST_EQUAL("the page", *(volatile uint32_t *)page, 77);
	TEST_EQUAL("bad pointer", hypercall_multicall((void *)0xff000000, 1), -XEN_EFAULT);
}
