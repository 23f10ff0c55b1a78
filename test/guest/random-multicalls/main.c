// SPDX-License-Identifier: MIT
/*
 * Claim: lists of hypercalls with random arguments, counts and continuation
 * marks, in pages that may end or be read-only, return a result for each call
 * or an error for all, whatever interrupts, restarts and neighbours do meanwhile.
 * See: ABI 1.7, 2.2, 2.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define ROUNDS 4000
#define MAX_CALLS 12
#define MONITOR_BYTES 0xa000000ul /* some of its addresses; in 32 bits nearly all */

static uint32_t state = 0x7a3c9e11;
static uint32_t *page, *last_page;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static unsigned long random_argument(void)
{
	unsigned long r = random32();

	switch (random32() % 9) {
	case 0:
		return r % 40;
	case 1:
		return (unsigned long)page + r % 4096;
	case 2:
		/* What begins here ends beyond what is mapped. */
		return (unsigned long)last_page + 4096 - r % 64;
	case 3:
		return HYPERVISOR_VIRT_START + (r << (random32() % 16)) % MONITOR_BYTES;
	case 4:
		return mm_pfn_to_mfn(r % start_info->nr_pages);
	case 5:
		return DOMID_SELF - r % 3;
	case 6:
		return 0x80000000u | r % 64; /* a count that says: continued */
	case 7:
		return ~0ul - r % 16;
	default:
		return r * random32();
	}
}

/* Calls that can't end the domain or write where it lives. */
static void random_call(struct multicall_entry *call)
{
	static const uint8_t calls[] = {
		__HYPERVISOR_mmuext_op,	   __HYPERVISOR_xen_version,
		__HYPERVISOR_vm_assist,	   __HYPERVISOR_grant_table_op,
		__HYPERVISOR_sched_op,	   __HYPERVISOR_event_channel_op,
		__HYPERVISOR_set_debugreg, __HYPERVISOR_set_timer_op,
		__HYPERVISOR_memory_op,	   __HYPERVISOR_physdev_op,
		__HYPERVISOR_multicall,	   __HYPERVISOR_iret,
		__HYPERVISOR_stack_switch, __HYPERVISOR_update_va_mapping,
		__HYPERVISOR_sysctl,	   __HYPERVISOR_mmu_update,
		__HYPERVISOR_domctl,	   __HYPERVISOR_fpu_taskswitch,
		63,
	};

	call->op = calls[random32() % ARRAY_SIZE(calls)];
	call->result = 0x5a5a5a5a;
	for (unsigned int i = 0; i < 6; i++)
		call->args[i] = random_argument();
	switch (call->op) {
	case __HYPERVISOR_sched_op:
		call->args[0] = 0; /* yield */
		break;
	case __HYPERVISOR_mmuext_op:
		call->args[0] = (unsigned long)page + 4 * (random32() % 64);
		call->args[1] = random32() % 8 | (random32() & 0x80000000u);
		call->args[3] = DOMID_SELF;
		break;
	case __HYPERVISOR_memory_op:
		call->args[0] = XENMEM_current_reservation + random32() % 3;
		break;
	case __HYPERVISOR_xen_version:
		call->args[1] = (unsigned long)last_page + 4096 - random32() % 128;
		break;
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_mmu_update:
		/* Nowhere, so that what we run from stays. */
		call->args[0] = 0x50000000 + (random32() & 0xfffff);
		break;
	}
}

/* mmuext operations for the page: flushes, pins, LDTs. */
static void fill_page(void)
{
	struct mmuext_op *op = (void *)page;

	for (unsigned int i = 0; i < 4096 / sizeof(*op); i++) {
		op[i].cmd = random32() % 18;
		if (op[i].cmd == MMUEXT_NEW_BASEPTR || op[i].cmd == MMUEXT_UNPIN_TABLE)
			op[i].cmd = MMUEXT_TLB_FLUSH_LOCAL;
		op[i].arg1.mfn = random_argument();
		op[i].arg2.nr_ents = random_argument();
	}
}

void test_main(void)
{
	static struct multicall_entry list[MAX_CALLS];
	struct trap_result trap;
	unsigned int nr, i;
	uint32_t word;
	long result;

	page = mm_page_alloc();
	last_page = mm_page_alloc();
	mm_unmap((unsigned long)mm_page_alloc());
	TEST_CHECK(!mm_set_readonly((unsigned long)mm_page_alloc()), "no read-only page");
	TEST_CHECK(!probe_read32((unsigned long)last_page + 4096, &word, &trap), "no last page");
	for (unsigned int round = 0; round < ROUNDS; round++) {
		if (round % 8 == 0)
			fill_page();
		nr = 1 + random32() % MAX_CALLS;
		for (i = 0; i < nr; i++)
			random_call(&list[i]);
		result = hypercall_multicall(list, nr);
		TEST_CHECK(result == 0, "round %u: %ld", round, result);
		for (i = 0; i < nr; i++)
			TEST_CHECK(list[i].result != 0x5a5a5a5a, "round %u: call %u of %u (%lu)",
				   round, i, nr, (unsigned long)list[i].op);
		/* The list itself where it can't be, wholly or at its end. */
		hypercall_multicall((void *)random_argument(), random32() % 4);
		hypercall_set_debugreg(7, 0);
	}
	debug_printf("%u lists\n", ROUNDS);
}
