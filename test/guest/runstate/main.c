// SPDX-License-Identifier: MIT
/*
 * Claim: a vcpu's accounts add up to the time since it began and say what it
 * did; the registered area follows them, and one that can't be written, or is
 * watched by a debug register, is no error and no harm.
 * See: ABI 2.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define MS 1000000ull

static struct vcpu_runstate_info area;

static uint64_t sum_of(const struct vcpu_runstate_info *r)
{
	return r->time[0] + r->time[1] + r->time[2] + r->time[3];
}

static struct vcpu_runstate_info read_accounts(void)
{
	struct vcpu_runstate_info r = {.state = -1};

	TEST_EQUAL("get_runstate_info", hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, &r), 0);
	TEST_EQUAL("state", r.state, RUNSTATE_running);
	return r;
}

static long enlist(void *where)
{
	struct vcpu_register_runstate_memory_area op = {.addr.p = (uint64_t)(unsigned long)where};

	return hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op);
}

static void sleep_for(uint64_t ns)
{
	sched_poll(NULL, 0, system_time_ns() + ns);
}

static void spin_for(uint64_t ns)
{
	uint64_t end_ns = system_time_ns() + ns;

	while (system_time_ns() < end_ns)
		barrier();
}

/* The span between two readings, by the accounts and by the clock. */
static void check_sums(void)
{
	uint64_t t0 = system_time_ns(), t1, t2, t3;
	struct vcpu_runstate_info a = read_accounts(), b;

	t1 = system_time_ns();
	sleep_for(20 * MS);
	spin_for(10 * MS);
	t2 = system_time_ns();
	b = read_accounts();
	t3 = system_time_ns();
	TEST_CHECK(sum_of(&b) - sum_of(&a) >= t2 - t1 && sum_of(&b) - sum_of(&a) <= t3 - t0,
		   "the accounts drift from the clock");
	/* Neighbours may have run before it went to sleep, and after. */
	TEST_CHECK(b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked] +
				   b.time[RUNSTATE_runnable] - a.time[RUNSTATE_runnable] >=
			   19 * MS,
		   "20 ms of sleep are not accounted");
	TEST_CHECK(b.time[RUNSTATE_blocked] > a.time[RUNSTATE_blocked], "not as blocked");
	TEST_CHECK(b.time[RUNSTATE_running] > a.time[RUNSTATE_running], "10 ms of work are not");
	TEST_EQUAL("offline time", b.time[RUNSTATE_offline] - a.time[RUNSTATE_offline], 0);
}

/* In the area the present state is left out: it is counted from its entry. */
static void check_area(void)
{
	struct vcpu_runstate_info seen, now;

	TEST_EQUAL("register", enlist(&area), 0);
	TEST_EQUAL("state in the area", area.state, RUNSTATE_running);
	sleep_for(5 * MS);
	seen = area;
	now = read_accounts();
	TEST_EQUAL("state in the area", seen.state, RUNSTATE_running);
	TEST_CHECK(seen.state_entry_time <= system_time_ns(), "entered in the future");
	TEST_CHECK(seen.time[RUNSTATE_blocked] >= 4 * MS, "the area wasn't updated");
	TEST_CHECK(sum_of(&now) >= sum_of(&seen), "the area is ahead of the accounts");
	TEST_EQUAL("blocked time", now.time[RUNSTATE_blocked] - seen.time[RUNSTATE_blocked], 0);
}

static void check_update_mark(void)
{
	TEST_EQUAL("vm_assist",
		   hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
	area.state_entry_time = ~0ull;
	sleep_for(2 * MS);
	TEST_CHECK(!(area.state_entry_time & XEN_RUNSTATE_UPDATE), "the mark was left behind");
	TEST_CHECK(area.state_entry_time <= system_time_ns(), "entered in the future");
}

static void check_bad_areas(void)
{
	char *page = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)page);

	TEST_EQUAL("area in the monitor", enlist((void *)(HYPERVISOR_VIRT_START + 0x6800000ul)),
		   -XEN_EFAULT);
	TEST_EQUAL("area across the end", enlist((void *)(HYPERVISOR_VIRT_START - 4)), -XEN_EFAULT);
	TEST_EQUAL("no argument",
		   hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, (void *)0xfffffff0),
		   -XEN_EFAULT);
	/* Misaligned and across two pages, the second of which isn't there. */
	TEST_EQUAL("unmap", mm_unmap((unsigned long)page), 0);
	TEST_EQUAL("area partly unmapped", enlist(page - 3), 0);
	sleep_for(2 * MS);
	TEST_EQUAL("area not mapped", enlist(page), 0);
	sleep_for(2 * MS);
	TEST_EQUAL("map", mm_map((unsigned long)page, mfn, PTE_RW | PTE_D), 0);
	sleep_for(2 * MS);
	TEST_EQUAL("state once it is mapped", *(int *)page, RUNSTATE_running);
	/* A page table, which the guest could not write either. */
	TEST_EQUAL("area in a page table", enlist((void *)start_info->pt_base), 0);
	sleep_for(2 * MS);
	TEST_EQUAL("register again", enlist(&area), 0);
}

/* The monitor writes it on the way out to this vcpu, with its debug registers loaded. */
static void check_watched_area(void)
{
	static const unsigned long dr7 = 0x000d0001; /* breakpoint 0, writes, four bytes */

	TEST_EQUAL("dr0", hypercall_set_debugreg(0, (unsigned long)&area.time[1]), 0);
	TEST_EQUAL("dr7", hypercall_set_debugreg(7, dr7), 0);
	for (unsigned int i = 0; i < 10; i++)
		sleep_for(MS);
	TEST_EQUAL("dr7", hypercall_set_debugreg(7, 0), 0);
	TEST_CHECK(area.state_entry_time + 100 * MS > system_time_ns(), "the area is old");
}

static bool on_debug(struct guest_trap_frame *frame)
{
	(void)frame;
	return true;
}

void test_main(void)
{
	trap_set_handler(VECTOR_DB, on_debug);
	check_sums();
	check_area();
	check_update_mark();
	check_bad_areas();
	check_watched_area();
	check_sums();
	TEST_EQUAL("accounts of vcpu 1", hypercall_vcpu_op(VCPUOP_get_runstate_info, 1, &area),
		   -XEN_ENOENT);
}
