/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * See: ABI 5.4
 * SOURCES: hv/domain/runq.c hv/domain/sched.c hv/domain/vcpu_time.c hv/lib/div.c
 * SOURCES: test/unit/sched_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * Sleeping, waking, polling, timers and the accounts of it all.
 */
#include <errno.h>
#include <string.h>

#include "harness.h"
#include "sched_machine.h"

/* ---- sleeping and waking ---- */

START_TEST(a_woken_vcpu_preempts_who_has_run_longer)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_compute(100 * MS);
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	cpu_compute(100 * MS);
	ck_assert_ptr_eq(current, &vcpus[0]);
	cpu_run(1 * MS);
	ck_assert(!sched_is_requested());
	vcpu_kick(&vcpus[1]);
	ck_assert(sched_is_requested());
	cpu_leave();
	ck_assert_ptr_eq(current, &vcpus[1]);
}
END_TEST

START_TEST(block_clears_the_mask_and_sleeps)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_leave();
	struct vcpu *v = current;

	v->info->evtchn_upcall_mask = 1;
	ck_assert_int_eq(sched_block(), 0);
	ck_assert_uint_eq(v->info->evtchn_upcall_mask, 0);
	ck_assert_uint_eq(v->why_stopped, VCPU_BLOCKED);
	cpu_leave();
	ck_assert_ptr_ne(current, v);
	ck_assert_int_eq(v->runstate.state, RUNSTATE_blocked);
	vcpu_kick(v);
	ck_assert_uint_eq(v->why_stopped, 0);
	ck_assert_int_ne(v->runstate.state, RUNSTATE_blocked);
}
END_TEST

START_TEST(block_with_an_event_pending_goes_on)
{
	vcpu_up(0, 256);
	cpu_leave();
	vcpus[0].info->evtchn_upcall_mask = 1;
	vcpus[0].info->evtchn_upcall_pending = 1;
	ck_assert_int_eq(sched_block(), 0);
	cpu_leave();
	ck_assert_ptr_eq(current, &vcpus[0]);
	ck_assert_uint_eq(nr_idles, 0);
}
END_TEST

START_TEST(a_kick_doesnt_lift_other_reasons)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_leave();
	vcpu_stop(&vcpus[1], VCPU_BLOCKED | VCPU_PAUSED);
	vcpu_kick(&vcpus[1]);
	ck_assert_uint_eq(vcpus[1].why_stopped, VCPU_PAUSED);
	cpu_compute(100 * MS);
	ck_assert_uint_eq(vcpu_ran(1), 0);
	vcpu_start(&vcpus[1], VCPU_PAUSED);
	cpu_compute(100 * MS);
	ck_assert_uint_gt(vcpu_ran(1), 0);
}
END_TEST

START_TEST(idle_ends_with_a_timer_and_costs_nobody)
{
	vcpu_up(0, 256);
	cpu_leave();
	vcpus[0].virq_port[VIRQ_TIMER] = 1;
	vcpu_stop_periodic(&vcpus[0]);
	ck_assert_int_eq(vcpu_set_singleshot(&vcpus[0], now + 70 * MS, false), 0);
	ck_assert_int_eq(sched_block(), 0);
	nr_switches = 0;
	cpu_leave();
	ck_assert_ptr_eq(current, &vcpus[0]);
	ck_assert_uint_eq(virqs[0], 1);
	ck_assert_uint_eq(idle_ns, 70 * MS);
	ck_assert_uint_eq(vcpu_ran(0), 0);
	/* It was loaded all the while. */
	ck_assert_uint_eq(nr_switches, 0);
	ck_assert_uint_eq(vcpus[0].runstate.time[RUNSTATE_blocked], 70 * MS);
}
END_TEST

START_TEST(runstate_accounts_for_all_time)
{
	struct vcpu_runstate_info r;
	u64 began = now, sum;

	vcpu_up(0, 256);
	vcpu_up(1, 256);
	vcpu_up(2, 128);
	for (unsigned int n = 0; n < 50; n++) {
		cpu_compute(7 * MS);
		vcpu_stop(&vcpus[2], VCPU_BLOCKED);
		cpu_compute(3 * MS);
		vcpu_kick(&vcpus[2]);
	}
	for (unsigned int i = 0; i < 3; i++) {
		vcpu_read_runstate(&vcpus[i], &r);
		sum = 0;
		for (unsigned int s = 0; s < 4; s++)
			sum += r.time[s];
		ck_assert_uint_eq(sum, now - began);
		/* What is kept leaves out the present state, since it was entered. */
		sum -= now - r.state_entry_time;
		for (unsigned int s = 0; s < 4; s++)
			sum -= vcpus[i].runstate.time[s];
		ck_assert_uint_eq(sum, 0);
	}
	/* The blocked spans that were asked for, unless it had been running: less the wake. */
	ck_assert_uint_eq(vcpus[2].runstate.time[RUNSTATE_blocked], 150 * MS);
	vcpu_read_runstate(&vcpus[0], &r);
	ck_assert_uint_eq(r.time[RUNSTATE_running], vcpu_ran(0));
}
END_TEST

START_TEST(a_registered_area_follows_its_vcpu)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	vcpus[0].runstate_gva = AREA_GVA;
	cpu_compute(30 * MS);
	ck_assert_uint_eq(area.state_entry_time, 0); /* not mapped: no harm */
	area_mapped = true;
	cpu_compute(30 * MS);
	ck_assert_int_eq(area.state, RUNSTATE_running);
	ck_assert_uint_ne(area.state_entry_time, 0);
	ck_assert_uint_eq(area.time[RUNSTATE_running] + area.time[RUNSTATE_runnable] +
				  area.time[RUNSTATE_offline] + area.time[RUNSTATE_blocked],
			  area.state_entry_time - 5 * MS);
	ck_assert_uint_eq(marks_seen, 0);
	/* For those who asked, a mark goes before and is gone after. */
	doms[0].assists = 1u << VMASST_TYPE_runstate_update_flag;
	cpu_compute(30 * MS);
	ck_assert_uint_ne(marks_seen, 0);
	ck_assert(!(area.state_entry_time & XEN_RUNSTATE_UPDATE));
	ck_assert(!(vcpus[0].runstate.state_entry_time & XEN_RUNSTATE_UPDATE));
}
END_TEST

/* ---- poll ---- */

START_TEST(poll_arguments)
{
	u32 ports[SCHED_MAX_POLL_PORTS + 1] = { 1 };

	vcpu_up(0, 256);
	cpu_leave();
	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = i + 1;
	ck_assert_int_eq(sched_poll(ports, SCHED_MAX_POLL_PORTS + 1, 0), -EINVAL);
	ports[0] = 0;
	ck_assert_int_eq(sched_poll(ports, 1, 0), -EINVAL);
	ports[0] = EVTCHN_MAX_PORTS;
	ck_assert_int_eq(sched_poll(ports, 1, 0), -EINVAL);
	ck_assert_uint_eq(vcpus[0].why_stopped, 0);
	ports[0] = 7;
	test_and_set_bit(7, shared[0].evtchn_pending);
	ck_assert_int_eq(sched_poll(ports, 3, 0), 0);
	ck_assert_uint_eq(vcpus[0].why_stopped, 0);
}
END_TEST

START_TEST(poll_wakes_for_its_port_alone)
{
	u32 port = 9;

	vcpu_up(0, 256);
	vcpu_up(1, 256);
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	cpu_leave();
	ck_assert_ptr_eq(current, &vcpus[0]);
	ck_assert_int_eq(sched_poll(&port, 1, 0), 0);
	vcpu_kick_pollers(&doms[0], 8);
	ck_assert_uint_eq(vcpus[0].why_stopped, VCPU_POLLING);
	vcpu_kick_pollers(&doms[1], 9);
	ck_assert_uint_eq(vcpus[0].why_stopped, VCPU_POLLING);
	ck_assert_uint_eq(vcpus[1].why_stopped, VCPU_BLOCKED);
	vcpu_kick_pollers(&doms[0], 9);
	ck_assert_uint_eq(vcpus[0].why_stopped, 0);
}
END_TEST

START_TEST(poll_ends_with_its_timeout)
{
	u32 port = 9;

	vcpu_up(0, 256);
	cpu_leave();
	ck_assert_int_eq(sched_poll(&port, 1, now + 30 * MS), 0);
	cpu_leave();
	ck_assert_uint_eq(idle_ns, 30 * MS);
	/* A timeout that is over already. */
	ck_assert_int_eq(sched_poll(&port, 1, 1), 0);
	cpu_leave();
	ck_assert_uint_eq(idle_ns, 30 * MS);
	/* Woken before: the timer is gone. */
	vcpu_up(1, 256);
	ck_assert_int_eq(sched_poll(&port, 1, now + 30 * MS), 0);
	vcpu_kick_pollers(&doms[0], 9);
	ck_assert(!vcpus[0].poll_timer.armed);
}
END_TEST

/* ---- timers ---- */

START_TEST(singleshot_fires_also_for_what_is_past)
{
	struct vcpu *v = &vcpus[0];

	vcpu_up(0, 256);
	cpu_leave();
	v->virq_port[VIRQ_TIMER] = 1;
	vcpu_stop_periodic(v);
	ck_assert_int_eq(vcpu_set_singleshot(v, now - 1, true), -ETIME);
	run_timers();
	ck_assert_uint_eq(virqs[0], 0);
	ck_assert_int_eq(vcpu_set_singleshot(v, now - 1, false), 0);
	run_timers();
	ck_assert_uint_eq(virqs[0], 1);
	ck_assert_int_eq(vcpu_set_singleshot(v, now + MS, true), 0);
	vcpu_stop_singleshot(v);
	cpu_run(10 * MS);
	ck_assert_uint_eq(virqs[0], 1);
}
END_TEST

START_TEST(periodic_ticks_while_bound_and_up)
{
	struct vcpu *v = &vcpus[0];

	vcpu_up(0, 256);
	cpu_compute(1000 * MS);
	ck_assert_uint_eq(virqs[0], 0);
	v->virq_port[VIRQ_TIMER] = 1;
	vcpu_resume_periodic(v);
	cpu_compute(1000 * MS);
	ck_assert_uint_ge(virqs[0], 99);
	ck_assert_uint_le(virqs[0], 101);
	/* Stopped for good: no timer is left to wake the machine. */
	vcpu_up(1, 256);
	vcpu_stop(v, VCPU_PAUSED);
	cpu_compute(1000 * MS);
	ck_assert_uint_le(virqs[0], 101);
	ck_assert(!v->periodic.armed);
	virqs[0] = 0;
	vcpu_start(v, VCPU_PAUSED);
	ck_assert_int_eq(vcpu_set_periodic(v, 1 * MS), 0);
	cpu_compute(100 * MS);
	ck_assert_uint_ge(virqs[0], 99);
	vcpu_stop_periodic(v);
	virqs[0] = 0;
	cpu_compute(100 * MS);
	ck_assert_uint_eq(virqs[0], 0);
	ck_assert_int_eq(vcpu_set_periodic(v, MS - 1), -EINVAL);
	ck_assert_int_eq(vcpu_set_periodic(v, ~0ULL), -EINVAL);
}
END_TEST

START_TEST(a_destroyed_vcpu_leaves_nothing_behind)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_leave();
	struct vcpu *v = current == &vcpus[0] ? &vcpus[1] : &vcpus[0];

	v->virq_port[VIRQ_TIMER] = 1;
	vcpu_resume_periodic(v);
	vcpu_set_singleshot(v, now + MS, false);
	sched_vcpu_destroy(v);
	memset(v, 0xa5, sizeof(*v));
	cpu_compute(200 * MS);
}
END_TEST

START_TEST(clock_page_is_valid_before_the_first_instruction)
{
	struct vcpu_time_info *t = &vcpus[0].info->time;
	u32 version;

	vcpu_update_time(&vcpus[0]);
	ck_assert_uint_ne(t->tsc_to_system_mul, 0);
	ck_assert_uint_eq(t->version & 1, 0);
	ck_assert_uint_eq(t->system_time, now);
	ck_assert_uint_eq(t->flags, 0);
	version = t->version;
	vcpu_update_time(&vcpus[0]);
	ck_assert_uint_eq(t->version, version + 2);
	t->version = 0xffffffff; /* as a hostile guest leaves it */
	vcpu_update_time(&vcpus[0]);
	ck_assert_uint_eq(t->version & 1, 0);
	domain_write_wallclock(&doms[0]);
	ck_assert_uint_eq(shared[0].wc_sec, 1234567890);
	ck_assert_uint_eq(shared[0].wc_nsec, 42);
	ck_assert_uint_eq(shared[0].wc_version, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sched_sleep");
	TCase *tc = tcase_create("sleep");
	TCase *tm = tcase_create("timer");

	tcase_add_checked_fixture(tc, machine_setup, NULL);
	tcase_add_test(tc, a_woken_vcpu_preempts_who_has_run_longer);
	tcase_add_test(tc, block_clears_the_mask_and_sleeps);
	tcase_add_test(tc, block_with_an_event_pending_goes_on);
	tcase_add_test(tc, a_kick_doesnt_lift_other_reasons);
	tcase_add_test(tc, idle_ends_with_a_timer_and_costs_nobody);
	tcase_add_test(tc, runstate_accounts_for_all_time);
	tcase_add_test(tc, a_registered_area_follows_its_vcpu);
	tcase_add_test(tc, poll_arguments);
	tcase_add_test(tc, poll_wakes_for_its_port_alone);
	tcase_add_test(tc, poll_ends_with_its_timeout);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tm, machine_setup, NULL);
	tcase_add_test(tm, singleshot_fires_also_for_what_is_past);
	tcase_add_test(tm, periodic_ticks_while_bound_and_up);
	tcase_add_test(tm, a_destroyed_vcpu_leaves_nothing_behind);
	tcase_add_test(tm, clock_page_is_valid_before_the_first_instruction);
	suite_add_tcase(suite, tm);
	return unit_run(suite);
}
