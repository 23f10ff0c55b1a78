// SPDX-License-Identifier: MIT
/*
 * Claim: a vcpu's info moves to where the guest registers it, once, with its
 * contents and without losing an event; the frame can't become a table while
 * the monitor writes to it, and no bad place is accepted.
 * See: ABI 2.3, 1.6
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define OFFSET 0x340

static unsigned int count;

static void on_event(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	count++;
}

static long enlist(unsigned int vcpu, uint64_t mfn, uint32_t offset)
{
	struct vcpu_register_vcpu_info op = {.mfn = mfn, .offset = offset};

	return hypercall_vcpu_op(VCPUOP_register_vcpu_info, vcpu, &op);
}

static void refuse(const char *what, uint64_t mfn, uint32_t offset)
{
	TEST_EQUAL(what, enlist(0, mfn, offset), -XEN_EINVAL);
}

static void check_refusals(unsigned long mfn)
{
	refuse("an info that crosses the page", mfn, PAGE_SIZE - sizeof(struct vcpu_info) + 4);
	refuse("an offset that wraps", mfn, -4u);
	refuse("a misaligned offset", mfn, 2);
	refuse("a frame beyond memory", 0x7fffffff, 0);
	refuse("a frame number of 33 bits", mfn | 1ull << 32, 0);
	refuse("frame 2^64 - 1", ~0ull, 0);
	refuse("frame 0", 0, 0);
	refuse("a page table", mm_virt_to_mfn(start_info->pt_base), 0);
	refuse("the monitor's frame", 0x100, 0);
	TEST_EQUAL("another vcpu", enlist(1, mfn, 0), -XEN_ENOENT);
	TEST_EQUAL("bad pointer",
		   hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, (void *)0xfc000000),
		   -XEN_EFAULT);
}

/* A page fault's address has to be found in the new place as well. */
static void check_fault_address(struct vcpu_info *info)
{
	struct trap_result result;
	uint32_t value;

	TEST_CHECK(!probe_read32(0x1234, &value, &result), "page 1 can be read");
	TEST_EQUAL("fault address", info->arch.cr2, 0x1234);
}

static void check_events(struct vcpu_info *old, int a, int b)
{
	evtchn_port_t port = b;

	/* Everything is said to be pending; there is the one real event. */
	TEST_EQUAL("upcall pending", vcpu_info->evtchn_upcall_pending, 1);
	TEST_EQUAL("selector", vcpu_info->evtchn_pending_sel, ~0ul);
	upcalls_enable();
	TEST_EQUAL("events sent before", count, 1);
	event_send(a);
	TEST_EQUAL("events with the new info", count, 2);
	upcalls_disable();
	old->evtchn_upcall_pending = 0;
	event_send(a);
	TEST_EQUAL("events while disabled", count, 2);
	TEST_EQUAL("upcall pending in the old info", old->evtchn_upcall_pending, 0);
	TEST_EQUAL("poll", sched_poll(&port, 1, 0), 0);
	event_wait();
	TEST_EQUAL("events after waiting", count, 3);
}

/* The frame is in use by the monitor: it stays a plain page. */
static void check_type(unsigned long va, unsigned long mfn)
{
	TEST_EQUAL("read-only mapping", mm_set_readonly(va), 0);
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn), "the info's page became a table");
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L3_TABLE, mfn), "the info's page became a root");
	TEST_EQUAL("writable mapping", mm_set_writable(va), 0);
}

void test_main(void)
{
	struct vcpu_info *old = vcpu_info, *info;
	char *page = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)page);
	int a = event_alloc_unbound(DOMID_SELF), b = event_bind_interdomain(DOMID_SELF, a);
	uint64_t before_ns;

	event_clear_pending(b);
	event_set_handler(b, on_event, NULL);
	check_refusals(mfn);
	event_send(a);
	before_ns = system_time_ns();
	TEST_EQUAL("register", enlist(0, mfn, OFFSET), 0);
	vcpu_info = info = (struct vcpu_info *)(page + OFFSET);
	TEST_EQUAL("upcall mask", info->evtchn_upcall_mask, 1);
	TEST_CHECK(info->time.tsc_to_system_mul && !(info->time.version & 1), "no clock in it");
	TEST_CHECK(system_time_ns() >= before_ns, "the clock went back");
	refuse("a second registration", mfn, OFFSET);
	refuse("another second registration", mfn, 0);
	check_events(old, a, b);
	check_fault_address(info);
	check_type((unsigned long)page, mfn);
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		if ((i < OFFSET || i >= OFFSET + sizeof(*info)) && page[i])
			test_failure("byte %u of the page was written", i);
	TEST_CHECK(system_time_ns() > before_ns, "the clock stands");
}
