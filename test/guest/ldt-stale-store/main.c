// SPDX-License-Identifier: MIT
/*
 * Claim: a page whose writable translation the guest never flushed can't be
 * stored to once the way back to the guest has made it an LDT page.
 * Rule: a page becomes a descriptor page only with a TLB flush before the guest runs.
 * See: ABI 3.1, 4.8; SDM 3A 4.10.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#include <xen/features.h>
#include <xen/version.h>

#define NR	  512
#define DATA_SEG  0x00cfb2000000ffffull /* ring 1, flat; the check cuts its limit */
#define SELECTOR  (1 * 8 + 4 + 1)

static struct multicall_entry calls[8];
static unsigned int nr_calls;
static uint64_t *ldt;
static struct mmuext_op to_none = {.cmd = MMUEXT_SET_LDT}, to_page = {.cmd = MMUEXT_SET_LDT};

static struct multicall_entry *call(unsigned long op)
{
	struct multicall_entry *c = &calls[nr_calls++];

	c->op = op;
	return c;
}

static void call_set_ldt(struct mmuext_op *op)
{
	struct multicall_entry *c = call(__HYPERVISOR_mmuext_op);

	c->args[0] = (unsigned long)op;
	c->args[1] = 1;
	c->args[3] = DOMID_SELF;
}

/* No flush: what the CPU remembers of the page stays. */
static void call_map(uint64_t flags)
{
	struct multicall_entry *c = call(__HYPERVISOR_update_va_mapping);
	uint64_t entry = mm_make_entry(mm_virt_to_mfn((unsigned long)ldt), PTE_BASE | flags);

	c->args[0] = (unsigned long)ldt;
	c->args[1] = (uint32_t)entry;
	c->args[2] = entry >> 32;
	c->args[3] = UVMF_NONE;
}

static void load_gs(void *arg)
{
	asm volatile("movl %0, %%gs" : : "r"(*(uint32_t *)arg));
}

void test_main(void)
{
	uint32_t selector = SELECTOR, gs = 0, null = 0;
	struct trap_result r;

	ldt = mm_page_alloc();
	ldt[1] = DATA_SEG;
	to_page.arg1.linear_addr = (unsigned long)ldt;
	to_page.arg2.nr_ents = NR;
	TEST_EQUAL("making it read-only", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_ldt", hypercall_mmuext_op(&to_page, 1, NULL, DOMID_SELF), 0);
	TEST_CHECK(!trap_catch(load_gs, &selector, &r), "the selector doesn't load");

	/*
	 * gs holds it. In one call: the page becomes plain and writable, is
	 * written to, so that the TLB has it so, turns read-only without a flush,
	 * and is the LDT again; gs brings its check about on the way out.
	 */
	call_set_ldt(&to_none);
	call_map(PTE_RW);
	call(__HYPERVISOR_xen_version)->args[0] = XENVER_get_features;
	calls[nr_calls - 1].args[1] = (unsigned long)&ldt[2];
	call_map(0);
	call_set_ldt(&to_page);
	TEST_EQUAL("multicall", hypercall_multicall(calls, nr_calls), 0);
	for (unsigned int i = 0; i < nr_calls; i++)
		TEST_CHECK(!calls[i].result, "call %u: %ld", i, (long)calls[i].result);
	asm volatile("movl %%gs, %0" : "=r"(gs));
	TEST_EQUAL("gs", gs & 0xffff, SELECTOR);
	TEST_CHECK(!probe_write32((unsigned long)&ldt[3], 0x1234, &r),
		   "a store to a live LDT page went through");
	TEST_CHECK(!trap_catch(load_gs, &null, &r), "null doesn't load");
	TEST_EQUAL("set_ldt to none", hypercall_mmuext_op(&to_none, 1, NULL, DOMID_SELF), 0);
}
