// SPDX-License-Identifier: MIT
/*
 * Claim: code that a guest puts at address 0, where a null pointer of the
 * monitor would find it, is never executed by the monitor, whatever call with
 * whatever null argument the guest makes.
 * See: ABI 2.4; SDM 3A 4.6
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#define NR_CALLS   64u
#define NR_SUB_OPS 48u
#define MARK_AT	   0xff0u

extern const uint8_t hostile_code[], hostile_code_end[];

/* At the end of a page of no-ops: leave a mark, and stop whoever came here. */
asm("hostile_code: movl $0x600d, 0xff0; ud2\n"
    "hostile_code_end:\n");

static uint8_t *page; /* what is at 0, where the compiler has it too */

static void fill_page(void)
{
	size_t len = (size_t)(hostile_code_end - hostile_code);

	memset(page, 0x90, MARK_AT - len);
	memcpy(page + MARK_AT - len, hostile_code, len);
}

/* Calls that do what they are told with nothing: end the domain, or what it stands on. */
static bool is_left_out(unsigned int nr, unsigned int sub)
{
	switch (nr) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_set_trap_table:
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_callback_op:
	case __HYPERVISOR_console_io:
		return true;
	case __HYPERVISOR_sched_op:
		return sub != SCHEDOP_yield;
	case __HYPERVISOR_vcpu_op:
		return sub == VCPUOP_down;
	default:
		return false;
	}
}

static void make_calls(const char *when)
{
	for (unsigned int nr = 0; nr < NR_CALLS; nr++)
		for (unsigned int sub = 0; sub < NR_SUB_OPS; sub++) {
			if (is_left_out(nr, sub))
				continue;
			fill_page();
			hypercall5(nr, sub, 0, 0, 0, 0);
			hypercall5(nr, 0, sub, 0, DOMID_SELF, 0);
			hypercall5(nr, sub, 1, 0, 0, 0);
			hypercall_fpu_taskswitch(0);
			if (*(volatile uint32_t *)(page + MARK_AT)) {
				test_failure("%s: call %u, %u: somebody was there", when, nr, sub);
				return;
			}
		}
}

void test_main(void)
{
	struct trap_result r;
	uint64_t maddr;
	uint32_t word;

	page = mm_page_alloc();
	make_calls("without the page");
	TEST_CHECK(!probe_read32(0, &word, &r), "page 0 is mapped already");
	if (user_map(0, mm_virt_to_mfn((unsigned long)page), PTE_RW | PTE_D)) {
		test_error("page 0 can't be mapped");
		return;
	}
	/* The user's tables serve the kernel too. */
	maddr = user_entry_maddr(0, PT_LEVELS);
	TEST_EQUAL("slot 0",
		   mm_update_entry(mm_entry_maddr(0, PT_LEVELS),
				   *(uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(maddr >> PAGE_SHIFT))),
		   0);
	TEST_CHECK(probe_read32(0, &word, &r), "page 0 isn't there: trap %u", r.vector);
	make_calls("with the page");
}
