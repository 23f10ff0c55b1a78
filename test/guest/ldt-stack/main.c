// SPDX-License-Identifier: MIT
/*
 * Claim: a guest kernel may run on a stack segment of its LDT: frames get there
 * also in the moment when the monitor has let go of the LDT's pages.
 * See: ABI 4.1, 4.8
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define SELECTOR (3 * 8 + 4 + KERNEL_RING)
#define FLAT	 0x00cfb3000000ffffull

static volatile unsigned int nr_events;

static void on_timer(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	nr_events++;
}

static bool on_breakpoint(struct guest_trap_frame *frame)
{
	(void)frame;
	return true;
}

static void set_stack(uint32_t selector)
{
	asm volatile("movl %0, %%ss" : : "r"(selector));
}

void test_main(void)
{
	uint64_t *ldt = mm_page_alloc();
	struct mmuext_op op = {
		.cmd = MMUEXT_SET_LDT,
		.arg1.linear_addr = (unsigned long)ldt,
		.arg2.nr_ents = 512,
	};
	/* Drop the pages, and have an event due: it finds ss with nothing behind. */
	struct multicall_entry calls[2] = {
		{.op = __HYPERVISOR_mmuext_op, .args = {(unsigned long)&op, 1, 0, DOMID_SELF}},
		{.op = __HYPERVISOR_set_timer_op, .args = {1, 0}},
	};
	int port = event_bind_virq(VIRQ_TIMER);

	ldt[3] = FLAT;
	TEST_EQUAL("read-only LDT", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_ldt", hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	TEST_CHECK(port > 0, "bind_virq: %d", port);
	hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	event_set_handler(port, on_timer, NULL);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	upcalls_enable();
	for (unsigned int i = 1; i <= 3; i++) {
		set_stack(SELECTOR);
		asm volatile("int3");
		nr_events = 0;
		hypercall_multicall(calls, 2);
		set_stack(FLAT_KERNEL_SS);
		TEST_CHECK(nr_events == 1, "round %u: %u events", i, nr_events);
	}
	upcalls_disable();
}
