// SPDX-License-Identifier: MIT
/*
 * Claim: timers and polls keep time by the guest's own clock: never early,
 * stopped when stopped, replaced when set again; a poll ends at its deadline
 * or when one of its ports is pending, masked or not, and at nothing else.
 * See: ABI 2.3, 5.1, 5.2, 5.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define MS	  1000000ull
#define PATIENCE  (10000 * MS)
#define MONITOR	  0xfc000000u

static evtchn_port_t timer;

/* Sleep until the timer's (masked) port is pending; when that was. 0: not by end_ns. */
static uint64_t wait_tick(uint64_t end_ns)
{
	while (!event_is_pending(timer) && system_time_ns() < end_ns)
		TEST_EQUAL("poll", sched_poll(&timer, 1, end_ns), 0);
	if (!event_is_pending(timer))
		return 0;
	event_clear_pending(timer);
	return system_time_ns();
}

static void expect_silence(const char *what, uint64_t ns)
{
	TEST_CHECK(!wait_tick(system_time_ns() + ns), "%s: there was a tick", what);
}

/* So many ticks, none of them early. */
static void count_ticks(const char *what, uint64_t began_ns, uint64_t period_ns, unsigned int nr)
{
	for (unsigned int i = 1; i <= nr; i++) {
		uint64_t at_ns = wait_tick(system_time_ns() + PATIENCE);

		TEST_CHECK(at_ns, "%s: tick %u doesn't come", what, i);
		TEST_CHECK(at_ns >= began_ns + i * period_ns, "%s: tick %u is early", what, i);
	}
}

static void check_periodic(void)
{
	struct vcpu_set_periodic_timer five = {.period_ns = 5 * MS};
	uint64_t began_ns = system_time_ns();

	/* 100 Hz from binding the virq on, until said otherwise. */
	timer = event_bind_virq(VIRQ_TIMER);
	count_ticks("default period", began_ns, 10 * MS, 5);
	began_ns = system_time_ns();
	TEST_EQUAL("set_periodic", hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &five), 0);
	event_clear_pending(timer);
	count_ticks("5 ms", began_ns, 5 * MS, 10);
	TEST_EQUAL("stop_periodic", hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	event_clear_pending(timer);
	expect_silence("stopped", 30 * MS);
}

static void check_singleshot(void)
{
	uint64_t due_ns = system_time_ns() + 80 * MS, at_ns;

	TEST_EQUAL("a later deadline", timer_set(due_ns), 0);
	due_ns = system_time_ns() + 10 * MS;
	TEST_EQUAL("a sooner one instead", timer_set(due_ns), 0);
	at_ns = wait_tick(system_time_ns() + PATIENCE);
	TEST_CHECK(at_ns >= due_ns, "early, or never");
	expect_silence("the replaced deadline", 100 * MS);
	TEST_EQUAL("set", timer_set(system_time_ns() + 10 * MS), 0);
	TEST_EQUAL("stop", hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	expect_silence("a stopped deadline", 30 * MS);
	TEST_EQUAL("set_timer_op", hypercall_set_timer_op(system_time_ns() + 10 * MS), 0);
	TEST_EQUAL("set_timer_op of 0", hypercall_set_timer_op(0), 0);
	expect_silence("set_timer_op of 0", 30 * MS);
	TEST_EQUAL("the end of time", timer_set(~0ull), 0);
	expect_silence("the end of time", 20 * MS);
	TEST_EQUAL("the past", timer_set(1), 0);
	TEST_CHECK(event_is_pending(timer), "a past deadline is slept over");
	event_clear_pending(timer);
}

static void check_poll_deadlines(void)
{
	evtchn_port_t port = event_alloc_unbound(DOMID_SELF);
	uint64_t due_ns = system_time_ns() + 25 * MS;

	TEST_EQUAL("poll to a deadline", sched_poll(&port, 1, due_ns), 0);
	TEST_CHECK(system_time_ns() >= due_ns, "the poll ended early");
	TEST_EQUAL("poll to a past deadline", sched_poll(&port, 1, 1), 0);
	due_ns = system_time_ns() + 5 * MS;
	TEST_EQUAL("poll of no ports", sched_poll(NULL, 0, due_ns), 0);
	TEST_CHECK(system_time_ns() >= due_ns, "the poll of nothing ended early");
	/* Two ports, and an event for neither. */
	due_ns = system_time_ns() + 20 * MS;
	timer_set(system_time_ns() + 5 * MS);
	TEST_EQUAL("poll of another port", sched_poll(&port, 1, due_ns), 0);
	TEST_CHECK(system_time_ns() >= due_ns, "a masked port that wasn't asked for ended it");
	TEST_CHECK(event_is_pending(timer), "the timer didn't tick meanwhile");
	event_close(port);
}

static void check_poll_ports(void)
{
	static evtchn_port_t ports[129];
	uint64_t due_ns;

	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = i + 100;
	TEST_EQUAL("129 ports", sched_poll(ports, 129, 1), -XEN_EINVAL);
	TEST_EQUAL("2^32 - 1 ports", sched_poll(ports, ~0u, 1), -XEN_EINVAL);
	TEST_EQUAL("ports in the monitor", sched_poll((evtchn_port_t *)MONITOR, 1, 1),
		   -XEN_EFAULT);
	TEST_EQUAL("no argument", hypercall_sched_op(SCHEDOP_poll, (void *)MONITOR), -XEN_EFAULT);
	ports[0] = EVTCHN_2L_NR_CHANNELS;
	TEST_EQUAL("the first port that isn't", sched_poll(ports, 1, 1), -XEN_EINVAL);
	ports[0] = ~0u;
	TEST_EQUAL("port 2^32 - 1", sched_poll(ports, 1, 1), -XEN_EINVAL);
	/* 128 of them; the last one is pending, then becomes it. */
	ports[0] = 100;
	ports[127] = timer;
	due_ns = system_time_ns() + PATIENCE;
	TEST_EQUAL("128 ports, one pending", sched_poll(ports, 128, due_ns), 0);
	event_clear_pending(timer);
	timer_set(system_time_ns() + 10 * MS);
	TEST_EQUAL("128 ports", sched_poll(ports, 128, due_ns), 0);
	TEST_CHECK(system_time_ns() < due_ns && event_is_pending(timer), "the port didn't end it");
	event_clear_pending(timer);
	/* Without a deadline: only the port can end it. */
	timer_set(system_time_ns() + 10 * MS);
	TEST_EQUAL("poll without deadline", sched_poll(&timer, 1, 0), 0);
	TEST_CHECK(event_is_pending(timer), "ended without reason");
	event_clear_pending(timer);
}

/* UTC at system time 0, in 64 bits of seconds. */
static void check_wallclock(void)
{
	TEST_CHECK(shared_info->wc_version && !(shared_info->wc_version & 1), "being written");
	TEST_CHECK(shared_info->wc_sec > 946684800, "it is before the year 2000");
	TEST_EQUAL("seconds, high half", shared_info->PV_WC_SEC_HI, 0);
	TEST_CHECK(shared_info->wc_nsec < 1000000000, "too many nanoseconds");
}

void test_main(void)
{
	check_wallclock();
	check_periodic();
	check_singleshot();
	check_poll_deadlines();
	check_poll_ports();
}
