/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * See: ABI 5.4
 * SOURCES: hv/domain/runq.c hv/domain/sched.c hv/domain/vcpu_time.c hv/lib/div.c
 * SOURCES: test/unit/sched_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * Who gets how much of the CPU: shares by weight, nobody starves, no time is
 * idled away, yielding vcpus take turns.
 */
#include <string.h>

#include "harness.h"
#include "sched_machine.h"

static void assert_share(unsigned int i, u64 total, double share)
{
	double got = (double)vcpu_ran(i) / (double)total;

	ck_assert_msg(got > share * 0.99 && got < share * 1.01, "vcpu %u: %f of %f", i, got, share);
}

/* ---- shares ---- */

START_TEST(equal_weights_share_equally)
{
	for (unsigned int i = 0; i < 4; i++)
		vcpu_up(i, 256);
	cpu_compute(20000 * MS);
	for (unsigned int i = 0; i < 4; i++)
		assert_share(i, 20000 * MS, 0.25);
	ck_assert_uint_eq(idle_ns, 0);
}
END_TEST

START_TEST(weights_share_in_proportion)
{
	static const u32 weights[] = { 64, 128, 256, 512, 1000 };
	u64 total = 200000 * MS;
	u32 sum = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(weights); i++) {
		vcpu_up(i, weights[i]);
		sum += weights[i];
	}
	cpu_compute(total);
	for (unsigned int i = 0; i < ARRAY_SIZE(weights); i++)
		assert_share(i, total, (double)weights[i] / sum);
}
END_TEST

START_TEST(a_new_weight_counts_from_now_on)
{
	u64 before[2];

	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_compute(2000 * MS);
	sched_set_weight(&vcpus[1], 768);
	for (unsigned int i = 0; i < 2; i++)
		before[i] = vcpu_ran(i);
	cpu_compute(2000 * MS);
	ck_assert_double_eq_tol((double)(vcpu_ran(1) - before[1]) / (vcpu_ran(0) - before[0]),
				3.0, 0.1);
	sched_set_weight(&vcpus[0], 0); /* the least there is */
	ck_assert_uint_eq(vcpus[0].sched.weight, 1);
	sched_set_weight(&vcpus[0], 70000);
	ck_assert_uint_eq(vcpus[0].sched.weight, SCHED_MAX_WEIGHT);
}
END_TEST

START_TEST(the_least_weight_isnt_starved)
{
	vcpu_up(0, 65535);
	vcpu_up(1, 1);
	vcpu_up(2, 256);
	cpu_compute(2000000 * MS);
	ck_assert_uint_gt(vcpu_ran(1), 0);
	ck_assert_uint_gt(vcpu_ran(2), 0);
}
END_TEST

START_TEST(a_sleeper_gains_no_credit)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_compute(100 * MS);
	/* One sleeps for ten seconds, and then isn't owed them. */
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	cpu_compute(10000 * MS);
	vcpu_start(&vcpus[1], VCPU_BLOCKED);
	vcpus[0].sched.ran_ns = vcpus[1].sched.ran_ns = 0;
	cpu_compute(2000 * MS);
	assert_share(0, 2000 * MS, 0.5);
	assert_share(1, 2000 * MS, 0.5);
}
END_TEST

START_TEST(a_newcomer_joins_where_the_others_are)
{
	vcpu_up(0, 256);
	cpu_compute(5000 * MS);
	vcpu_up(1, 256);
	vcpus[0].sched.ran_ns = 0;
	cpu_compute(2000 * MS);
	assert_share(1, 2000 * MS, 0.5);
}
END_TEST

START_TEST(random_sleepers_leave_no_time_idle)
{
	uint64_t rng = unit_seed();
	u64 end = now + 20000 * MS, ran = 0;
	unsigned int ready = NR;

	for (unsigned int i = 0; i < NR; i++)
		vcpu_up(i, 1 + unit_random_below(&rng, 2000));
	while (now < end) {
		unsigned int i = unit_random_below(&rng, NR);

		cpu_leave();
		ran += cpu_run(unit_random_below(&rng, 15 * MS));
		/* Never the last one: then there is no reason ever to idle. */
		if (vcpus[i].why_stopped) {
			vcpu_start(&vcpus[i], VCPU_BLOCKED);
			ready++;
		} else if (ready > 1) {
			vcpu_stop(&vcpus[i], VCPU_BLOCKED);
			ready--;
		}
	}
	ck_assert_uint_eq(idle_ns, 0);
	ck_assert_uint_eq(nr_idles, 0);
	ck_assert_uint_ge(ran + 6 * MS, end);
}
END_TEST

/* ---- yield ---- */

START_TEST(yielding_vcpus_take_turns)
{
	unsigned int turns[4] = { 0 };

	for (unsigned int i = 0; i < 4; i++)
		vcpu_up(i, 256);
	for (unsigned int n = 0; n < 4000; n++) {
		cpu_leave();
		turns[current->domain->id]++;
		cpu_run(1000 + 100 * current->domain->id);
		ck_assert_int_eq(sched_yield(), 0);
	}
	for (unsigned int i = 0; i < 4; i++) {
		ck_assert_uint_ge(turns[i], 990);
		ck_assert_uint_le(turns[i], 1010);
	}
}
END_TEST

START_TEST(yield_lets_all_others_run_first)
{
	bool ran[4] = { false };

	for (unsigned int i = 0; i < 4; i++)
		vcpu_up(i, 256);
	cpu_compute(333 * MS);
	for (unsigned int n = 0; n < 20; n++) {
		struct vcpu *yielder = current;

		memset(ran, 0, sizeof(ran));
		cpu_run(1000);
		sched_yield();
		cpu_leave();
		while (current != yielder) {
			ran[current->domain->id] = true;
			cpu_run(3 * MS);
			cpu_leave();
		}
		for (unsigned int i = 0; i < 4; i++)
			ck_assert(ran[i] || &vcpus[i] == yielder);
	}
}
END_TEST

START_TEST(a_yielding_vcpu_isnt_starved_by_a_small_weight)
{
	u64 began;

	vcpu_up(0, 256); /* polls by yielding */
	vcpu_up(1, 256);
	vcpu_up(2, 1);
	cpu_compute(50 * MS);
	for (unsigned int n = 0; n < 100; n++) {
		began = now;
		do {
			cpu_leave();
			cpu_run(current == &vcpus[0] ? 1000 : 50 * MS);
		} while (current != &vcpus[0]);
		sched_yield();
		ck_assert_uint_le(now - began, 100 * MS);
	}
}
END_TEST

START_TEST(a_poller_costs_a_busy_one_little)
{
	unsigned int polls = 0;

	vcpu_up(0, 256); /* polls by yielding */
	vcpu_up(1, 256);
	for (u64 end = now + 1000 * MS; now < end;) {
		cpu_leave();
		if (current == &vcpus[0]) {
			cpu_run(10000);
			sched_yield();
			polls++;
		} else {
			cpu_run(50 * MS);
		}
	}
	sched_request();
	cpu_leave();
	ck_assert_uint_ge(vcpu_ran(1), 950 * MS);
	ck_assert_uint_ge(polls, 90);
}
END_TEST

START_TEST(short_turns_leave_the_timer_alone)
{
	vcpu_up(0, 256);
	vcpu_up(1, 256);
	cpu_leave();
	nr_timer_sets = 0;
	for (unsigned int n = 0; n < 9000; n++) {
		cpu_run(1000);
		sched_yield();
		cpu_leave();
	}
	/* 9 ms at 2 ms a slice. */
	ck_assert_uint_le(nr_timer_sets, 6);
}
END_TEST

START_TEST(yield_alone_goes_on)
{
	vcpu_up(0, 256);
	cpu_leave();
	nr_switches = 0;
	for (unsigned int n = 0; n < 100; n++) {
		sched_yield();
		cpu_leave();
		cpu_run(1000);
	}
	ck_assert_uint_eq(nr_switches, 0);
	ck_assert_uint_eq(nr_idles, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sched");
	TCase *tc = tcase_create("share");

	tcase_add_checked_fixture(tc, machine_setup, NULL);
	tcase_add_test(tc, equal_weights_share_equally);
	tcase_add_test(tc, weights_share_in_proportion);
	tcase_add_test(tc, a_new_weight_counts_from_now_on);
	tcase_add_test(tc, the_least_weight_isnt_starved);
	tcase_add_test(tc, a_sleeper_gains_no_credit);
	tcase_add_test(tc, a_newcomer_joins_where_the_others_are);
	tcase_add_test(tc, random_sleepers_leave_no_time_idle);
	tcase_add_test(tc, yielding_vcpus_take_turns);
	tcase_add_test(tc, yield_lets_all_others_run_first);
	tcase_add_test(tc, a_yielding_vcpu_isnt_starved_by_a_small_weight);
	tcase_add_test(tc, a_poller_costs_a_busy_one_little);
	tcase_add_test(tc, short_turns_leave_the_timer_alone);
	tcase_add_test(tc, yield_alone_goes_on);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
