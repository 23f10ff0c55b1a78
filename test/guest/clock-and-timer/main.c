// SPDX-License-Identifier: MIT
/*
 * Claim: the clock is valid from the start and never runs backwards; one-shot
 * timers fire, not early, and also for deadlines already past.
 * See: ABI 5.1, 5.2
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define MS 1000000ull

static unsigned int fired;

static void on_timer(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	fired++;
}

static void wait_for(unsigned int n)
{
	uint64_t deadline_ns = system_time_ns() + 10000 * MS;

	while (fired < n && system_time_ns() < deadline_ns)
		event_wait();
}

static void check_clock(void)
{
	uint64_t last_ns = system_time_ns(), now_ns;

	TEST_CHECK(shared_info->vcpu_info[0].time.tsc_to_system_mul, "no clock scale");
	for (int i = 0; i < 20000; i++) {
		now_ns = system_time_ns();
		if (now_ns < last_ns) {
			test_failure("the clock went back %u ns", (unsigned int)(last_ns - now_ns));
			return;
		}
		last_ns = now_ns;
		if (i % 100 == 0)
			sched_yield();
	}
}

void test_main(void)
{
	struct vcpu_set_singleshot_timer past = {.timeout_abs_ns = 1,
						 .flags = VCPU_SSHOTTMR_future};
	int port = event_bind_virq(VIRQ_TIMER);
	uint64_t due_ns;

	check_clock();
	if (port < 0) {
		test_failure("can't bind VIRQ_TIMER: %d", port);
		return;
	}
	TEST_EQUAL("stop_periodic", hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	event_clear_pending(port);
	event_set_handler(port, on_timer, NULL);

	due_ns = system_time_ns() + 30 * MS;
	TEST_EQUAL("set_singleshot", timer_set(due_ns), 0);
	wait_for(1);
	TEST_EQUAL("timer events", fired, 1);
	TEST_CHECK(system_time_ns() >= due_ns, "the timer came early");

	TEST_EQUAL("set_singleshot in the past", timer_set(1), 0);
	wait_for(2);
	TEST_EQUAL("timer events after a past deadline", fired, 2);
	TEST_EQUAL("past deadline with the future flag",
		   hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &past), -XEN_ETIME);

	TEST_EQUAL("set_timer_op", hypercall_set_timer_op(system_time_ns() + 10 * MS), 0);
	wait_for(3);
	TEST_EQUAL("timer events after set_timer_op", fired, 3);
	TEST_EQUAL("stop_singleshot", hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	TEST_EQUAL("is_up of vcpu 0", hypercall_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
	TEST_EQUAL("is_up of vcpu 1", hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), -XEN_ENOENT);
}
