/* SPDX-License-Identifier: MIT */
/*
 * SOURCES: hv/domain/runq.c hv/domain/sched.c hv/domain/vcpu_time.c hv/lib/div.c
 *
 * The scheduler on a simulated CPU: shares by weight, nobody starves, no time
 * is idled away, yielding vcpus take turns; and sleeping, polling and timers.
 */
#include <errno.h>
#include <string.h>

#include "domain/domain.h"
#include "harness.h"

#define MS 1000000ULL
#define NR 6

/* ---- a machine: clock, timers, one CPU ---- */

static u64 now;
static struct timer *timers[64];
static unsigned int nr_timers;
static struct vcpu *current;
static u64 idle_ns;
static unsigned int nr_switches, nr_idles, nr_timer_sets;

u64 time_now_ns(void)
{
	return now;
}

struct time_scale time_scale(void)
{
	return (struct time_scale){ .tsc_stamp = now, .system_ns = now, .mul = 1u << 31, .shift = 1 };
}

void time_wallclock_base(u64 *sec, u32 *nsec)
{
	*sec = 1234567890;
	*nsec = 42;
}

void timer_init(struct timer *t, void (*fn)(void *), void *arg)
{
	*t = (struct timer){ .fn = fn, .arg = arg };
}

void timer_stop(struct timer *t)
{
	for (unsigned int i = 0; i < nr_timers; i++)
		if (timers[i] == t)
			timers[i--] = timers[--nr_timers];
	t->armed = false;
}

void timer_set(struct timer *t, u64 expires_ns)
{
	nr_timer_sets++;
	timer_stop(t);
	t->expires_ns = expires_ns;
	t->armed = true;
	ck_assert_uint_lt(nr_timers, ARRAY_SIZE(timers));
	timers[nr_timers++] = t;
}

static struct timer *next_timer(void)
{
	struct timer *t = NULL;

	for (unsigned int i = 0; i < nr_timers; i++)
		if (!t || timers[i]->expires_ns < t->expires_ns)
			t = timers[i];
	return t;
}

static void run_timers(void)
{
	struct timer *t;

	while ((t = next_timer()) && t->expires_ns <= now) {
		timer_stop(t);
		t->fn(t->arg);
	}
}

struct vcpu *current_vcpu(void)
{
	return current;
}

void arch_switch_to(struct vcpu *next)
{
	ck_assert_ptr_ne(next, current);
	current = next;
	nr_switches++;
}

/* Sleep until the next timer: without one the machine would never wake. */
void arch_idle(void)
{
	struct timer *t = next_timer();

	nr_idles++;
	ck_assert_ptr_nonnull(t);
	if (t->expires_ns > now) {
		idle_ns += t->expires_ns - now;
		now = t->expires_ns;
	}
	run_timers();
}

int copy_to_guest(unsigned long gva, const void *src, size_t n)
{
	(void)gva;
	(void)src;
	(void)n;
	return -EFAULT;
}

/* ---- guests ---- */

static struct domain doms[NR];
static struct vcpu vcpus[NR];
static struct shared_info shared[NR];
static unsigned int virqs[NR];

void evtchn_raise_virq(struct vcpu *v, u32 virq)
{
	ck_assert_uint_eq(virq, VIRQ_TIMER);
	if (!v->virq_port[VIRQ_TIMER])
		return;
	virqs[v->domain->id]++;
	v->info->evtchn_upcall_pending = 1;
	vcpu_kick(v);
}

bool evtchn_is_pending(const struct domain *d, evtchn_port_t port)
{
	return test_bit(port, d->shared->evtchn_pending);
}

bool vcpu_has_upcall(const struct vcpu *v)
{
	return v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask;
}

static void setup(void)
{
	memset(doms, 0, sizeof(doms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(shared, 0, sizeof(shared));
	memset(virqs, 0, sizeof(virqs));
	now = 5 * MS;
	nr_timers = nr_switches = nr_idles = 0;
	idle_ns = 0;
	current = NULL;
	sched_init();
	for (unsigned int i = 0; i < NR; i++) {
		doms[i].id = i;
		doms[i].nr_vcpus = 1;
		doms[i].vcpus[0] = &vcpus[i];
		doms[i].shared = &shared[i];
		vcpus[i].domain = &doms[i];
		vcpus[i].info = &shared[i].vcpu_info[0];
		vcpus[i].why_stopped = VCPU_DOWN;
		sched_vcpu_init(&vcpus[i], 0);
	}
}

static void teardown(void)
{
}

static void up(unsigned int i, u32 weight)
{
	vcpus[i].sched.weight = weight;
	vcpu_start(&vcpus[i], VCPU_DOWN);
}

/* What the way out of the monitor does. */
static void leave(void)
{
	if (sched_is_requested())
		schedule();
	ck_assert_ptr_nonnull(current);
	ck_assert_uint_eq(current->why_stopped, 0);
}

/* The current vcpu runs for at most ns; less if a timer interrupts it. */
static u64 run(u64 ns)
{
	struct timer *t = next_timer();
	u64 until = t && t->expires_ns < now + ns ? MAX(t->expires_ns, now) : now + ns, ran;

	ran = until - now;
	now = until;
	run_timers();
	return ran;
}

static u64 ran_of(unsigned int i)
{
	return vcpus[i].sched.ran_ns;
}

/* All that is up computes for ns. */
static void compute(u64 ns)
{
	u64 end = now + ns;

	while (now < end) {
		leave();
		run(end - now);
	}
	sched_request();
	leave();
}

static void assert_share(unsigned int i, u64 total, double share)
{
	double got = (double)ran_of(i) / (double)total;

	ck_assert_msg(got > share * 0.99 && got < share * 1.01, "vcpu %u: %f of %f", i, got, share);
}

/* ---- shares ---- */

START_TEST(equal_weights_share_equally)
{
	for (unsigned int i = 0; i < 4; i++)
		up(i, 256);
	compute(20000 * MS);
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
		up(i, weights[i]);
		sum += weights[i];
	}
	compute(total);
	for (unsigned int i = 0; i < ARRAY_SIZE(weights); i++)
		assert_share(i, total, (double)weights[i] / sum);
}
END_TEST

START_TEST(the_least_weight_isnt_starved)
{
	up(0, 65535);
	up(1, 1);
	up(2, 256);
	compute(2000000 * MS);
	ck_assert_uint_gt(ran_of(1), 0);
	ck_assert_uint_gt(ran_of(2), 0);
}
END_TEST

START_TEST(a_sleeper_gains_no_credit)
{
	up(0, 256);
	up(1, 256);
	compute(100 * MS);
	/* One sleeps for ten seconds, and then isn't owed them. */
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	compute(10000 * MS);
	vcpu_start(&vcpus[1], VCPU_BLOCKED);
	vcpus[0].sched.ran_ns = vcpus[1].sched.ran_ns = 0;
	compute(2000 * MS);
	assert_share(0, 2000 * MS, 0.5);
	assert_share(1, 2000 * MS, 0.5);
}
END_TEST

START_TEST(a_newcomer_joins_where_the_others_are)
{
	up(0, 256);
	compute(5000 * MS);
	up(1, 256);
	vcpus[0].sched.ran_ns = 0;
	compute(2000 * MS);
	assert_share(1, 2000 * MS, 0.5);
}
END_TEST

START_TEST(random_sleepers_leave_no_time_idle)
{
	uint64_t rng = unit_seed();
	u64 end = now + 20000 * MS, ran = 0;
	unsigned int ready = NR;

	for (unsigned int i = 0; i < NR; i++)
		up(i, 1 + unit_random_below(&rng, 2000));
	while (now < end) {
		unsigned int i = unit_random_below(&rng, NR);

		leave();
		ran += run(unit_random_below(&rng, 15 * MS));
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
		up(i, 256);
	for (unsigned int n = 0; n < 4000; n++) {
		leave();
		turns[current->domain->id]++;
		run(1000 + 100 * current->domain->id);
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
		up(i, 256);
	compute(333 * MS);
	for (unsigned int n = 0; n < 20; n++) {
		struct vcpu *yielder = current;

		memset(ran, 0, sizeof(ran));
		run(1000);
		sched_yield();
		leave();
		while (current != yielder) {
			ran[current->domain->id] = true;
			run(3 * MS);
			leave();
		}
		for (unsigned int i = 0; i < 4; i++)
			ck_assert(ran[i] || &vcpus[i] == yielder);
	}
}
END_TEST

START_TEST(a_yielding_vcpu_isnt_starved_by_a_small_weight)
{
	u64 began;

	up(0, 256); /* polls by yielding */
	up(1, 256);
	up(2, 1);
	compute(50 * MS);
	for (unsigned int n = 0; n < 100; n++) {
		began = now;
		do {
			leave();
			run(current == &vcpus[0] ? 1000 : 50 * MS);
		} while (current != &vcpus[0]);
		sched_yield();
		ck_assert_uint_le(now - began, 100 * MS);
	}
}
END_TEST

START_TEST(a_poller_costs_a_busy_one_little)
{
	unsigned int polls = 0;

	up(0, 256); /* polls by yielding */
	up(1, 256);
	for (u64 end = now + 1000 * MS; now < end;) {
		leave();
		if (current == &vcpus[0]) {
			run(10000);
			sched_yield();
			polls++;
		} else {
			run(50 * MS);
		}
	}
	sched_request();
	leave();
	ck_assert_uint_ge(ran_of(1), 950 * MS);
	ck_assert_uint_ge(polls, 90);
}
END_TEST

START_TEST(short_turns_leave_the_timer_alone)
{
	up(0, 256);
	up(1, 256);
	leave();
	nr_timer_sets = 0;
	for (unsigned int n = 0; n < 9000; n++) {
		run(1000);
		sched_yield();
		leave();
	}
	/* 9 ms at 2 ms a slice. */
	ck_assert_uint_le(nr_timer_sets, 6);
}
END_TEST

START_TEST(yield_alone_goes_on)
{
	up(0, 256);
	leave();
	nr_switches = 0;
	for (unsigned int n = 0; n < 100; n++) {
		sched_yield();
		leave();
		run(1000);
	}
	ck_assert_uint_eq(nr_switches, 0);
	ck_assert_uint_eq(nr_idles, 0);
}
END_TEST

/* ---- sleeping and waking ---- */

START_TEST(a_woken_vcpu_preempts_who_has_run_longer)
{
	up(0, 256);
	up(1, 256);
	compute(100 * MS);
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	compute(100 * MS);
	ck_assert_ptr_eq(current, &vcpus[0]);
	run(1 * MS);
	ck_assert(!sched_is_requested());
	vcpu_kick(&vcpus[1]);
	ck_assert(sched_is_requested());
	leave();
	ck_assert_ptr_eq(current, &vcpus[1]);
}
END_TEST

START_TEST(block_clears_the_mask_and_sleeps)
{
	up(0, 256);
	up(1, 256);
	leave();
	struct vcpu *v = current;

	v->info->evtchn_upcall_mask = 1;
	ck_assert_int_eq(sched_block(), 0);
	ck_assert_uint_eq(v->info->evtchn_upcall_mask, 0);
	ck_assert_uint_eq(v->why_stopped, VCPU_BLOCKED);
	leave();
	ck_assert_ptr_ne(current, v);
	ck_assert_int_eq(v->runstate.state, RUNSTATE_blocked);
	vcpu_kick(v);
	ck_assert_uint_eq(v->why_stopped, 0);
	ck_assert_int_ne(v->runstate.state, RUNSTATE_blocked);
}
END_TEST

START_TEST(block_with_an_event_pending_goes_on)
{
	up(0, 256);
	leave();
	vcpus[0].info->evtchn_upcall_mask = 1;
	vcpus[0].info->evtchn_upcall_pending = 1;
	ck_assert_int_eq(sched_block(), 0);
	leave();
	ck_assert_ptr_eq(current, &vcpus[0]);
	ck_assert_uint_eq(nr_idles, 0);
}
END_TEST

START_TEST(a_kick_doesnt_lift_other_reasons)
{
	up(0, 256);
	up(1, 256);
	leave();
	vcpu_stop(&vcpus[1], VCPU_BLOCKED | VCPU_PAUSED);
	vcpu_kick(&vcpus[1]);
	ck_assert_uint_eq(vcpus[1].why_stopped, VCPU_PAUSED);
	compute(100 * MS);
	ck_assert_uint_eq(ran_of(1), 0);
	vcpu_start(&vcpus[1], VCPU_PAUSED);
	compute(100 * MS);
	ck_assert_uint_gt(ran_of(1), 0);
}
END_TEST

START_TEST(idle_ends_with_a_timer_and_costs_nobody)
{
	up(0, 256);
	leave();
	vcpus[0].virq_port[VIRQ_TIMER] = 1;
	vcpu_stop_periodic(&vcpus[0]);
	ck_assert_int_eq(vcpu_set_singleshot(&vcpus[0], now + 70 * MS, false), 0);
	ck_assert_int_eq(sched_block(), 0);
	nr_switches = 0;
	leave();
	ck_assert_ptr_eq(current, &vcpus[0]);
	ck_assert_uint_eq(virqs[0], 1);
	ck_assert_uint_eq(idle_ns, 70 * MS);
	ck_assert_uint_eq(ran_of(0), 0);
	/* It was loaded all the while. */
	ck_assert_uint_eq(nr_switches, 0);
	ck_assert_uint_eq(vcpus[0].runstate.time[RUNSTATE_blocked], 70 * MS);
}
END_TEST

START_TEST(runstate_accounts_for_all_time)
{
	u64 began = now, sum;

	up(0, 256);
	up(1, 256);
	up(2, 128);
	for (unsigned int n = 0; n < 50; n++) {
		compute(7 * MS);
		vcpu_stop(&vcpus[2], VCPU_BLOCKED);
		compute(3 * MS);
		vcpu_kick(&vcpus[2]);
	}
	for (unsigned int i = 0; i < 3; i++) {
		vcpu_update_runstate(&vcpus[i]);
		sum = 0;
		for (unsigned int s = 0; s < 4; s++)
			sum += vcpus[i].runstate.time[s];
		ck_assert_uint_eq(sum, now - began);
	}
	/* The blocked spans that were asked for, unless it had been running: less the wake. */
	ck_assert_uint_eq(vcpus[2].runstate.time[RUNSTATE_blocked], 150 * MS);
	ck_assert_uint_eq(vcpus[0].runstate.time[RUNSTATE_running], ran_of(0));
}
END_TEST

/* ---- poll ---- */

START_TEST(poll_arguments)
{
	u32 ports[SCHED_MAX_POLL_PORTS + 1] = { 1 };

	up(0, 256);
	leave();
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

	up(0, 256);
	up(1, 256);
	vcpu_stop(&vcpus[1], VCPU_BLOCKED);
	leave();
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

	up(0, 256);
	leave();
	ck_assert_int_eq(sched_poll(&port, 1, now + 30 * MS), 0);
	leave();
	ck_assert_uint_eq(idle_ns, 30 * MS);
	/* A timeout that is over already. */
	ck_assert_int_eq(sched_poll(&port, 1, 1), 0);
	leave();
	ck_assert_uint_eq(idle_ns, 30 * MS);
	/* Woken before: the timer is gone. */
	up(1, 256);
	ck_assert_int_eq(sched_poll(&port, 1, now + 30 * MS), 0);
	vcpu_kick_pollers(&doms[0], 9);
	ck_assert(!vcpus[0].poll_timer.armed);
}
END_TEST

/* ---- timers ---- */

START_TEST(singleshot_fires_also_for_what_is_past)
{
	struct vcpu *v = &vcpus[0];

	up(0, 256);
	leave();
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
	run(10 * MS);
	ck_assert_uint_eq(virqs[0], 1);
}
END_TEST

START_TEST(periodic_ticks_while_bound_and_up)
{
	struct vcpu *v = &vcpus[0];

	up(0, 256);
	compute(1000 * MS);
	ck_assert_uint_eq(virqs[0], 0);
	v->virq_port[VIRQ_TIMER] = 1;
	vcpu_resume_periodic(v);
	compute(1000 * MS);
	ck_assert_uint_ge(virqs[0], 99);
	ck_assert_uint_le(virqs[0], 101);
	/* Stopped for good: no timer is left to wake the machine. */
	up(1, 256);
	vcpu_stop(v, VCPU_PAUSED);
	compute(1000 * MS);
	ck_assert_uint_le(virqs[0], 101);
	ck_assert(!v->periodic.armed);
	virqs[0] = 0;
	vcpu_start(v, VCPU_PAUSED);
	ck_assert_int_eq(vcpu_set_periodic(v, 1 * MS), 0);
	compute(100 * MS);
	ck_assert_uint_ge(virqs[0], 99);
	vcpu_stop_periodic(v);
	virqs[0] = 0;
	compute(100 * MS);
	ck_assert_uint_eq(virqs[0], 0);
	ck_assert_int_eq(vcpu_set_periodic(v, MS - 1), -EINVAL);
	ck_assert_int_eq(vcpu_set_periodic(v, ~0ULL), -EINVAL);
}
END_TEST

START_TEST(a_destroyed_vcpu_leaves_nothing_behind)
{
	up(0, 256);
	up(1, 256);
	leave();
	struct vcpu *v = current == &vcpus[0] ? &vcpus[1] : &vcpus[0];

	v->virq_port[VIRQ_TIMER] = 1;
	vcpu_resume_periodic(v);
	vcpu_set_singleshot(v, now + MS, false);
	sched_vcpu_destroy(v);
	memset(v, 0xa5, sizeof(*v));
	compute(200 * MS);
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
	Suite *suite = suite_create("sched");
	TCase *share = tcase_create("share"), *sleep = tcase_create("sleep");
	TCase *tm = tcase_create("timer");

	tcase_add_checked_fixture(share, setup, teardown);
	tcase_add_test(share, equal_weights_share_equally);
	tcase_add_test(share, weights_share_in_proportion);
	tcase_add_test(share, the_least_weight_isnt_starved);
	tcase_add_test(share, a_sleeper_gains_no_credit);
	tcase_add_test(share, a_newcomer_joins_where_the_others_are);
	tcase_add_test(share, random_sleepers_leave_no_time_idle);
	tcase_add_test(share, yielding_vcpus_take_turns);
	tcase_add_test(share, yield_lets_all_others_run_first);
	tcase_add_test(share, a_yielding_vcpu_isnt_starved_by_a_small_weight);
	tcase_add_test(share, a_poller_costs_a_busy_one_little);
	tcase_add_test(share, short_turns_leave_the_timer_alone);
	tcase_add_test(share, yield_alone_goes_on);
	suite_add_tcase(suite, share);
	tcase_add_checked_fixture(sleep, setup, teardown);
	tcase_add_test(sleep, a_woken_vcpu_preempts_who_has_run_longer);
	tcase_add_test(sleep, block_clears_the_mask_and_sleeps);
	tcase_add_test(sleep, block_with_an_event_pending_goes_on);
	tcase_add_test(sleep, a_kick_doesnt_lift_other_reasons);
	tcase_add_test(sleep, idle_ends_with_a_timer_and_costs_nobody);
	tcase_add_test(sleep, runstate_accounts_for_all_time);
	tcase_add_test(sleep, poll_arguments);
	tcase_add_test(sleep, poll_wakes_for_its_port_alone);
	tcase_add_test(sleep, poll_ends_with_its_timeout);
	suite_add_tcase(suite, sleep);
	tcase_add_checked_fixture(tm, setup, teardown);
	tcase_add_test(tm, singleshot_fires_also_for_what_is_past);
	tcase_add_test(tm, periodic_ticks_while_bound_and_up);
	tcase_add_test(tm, a_destroyed_vcpu_leaves_nothing_behind);
	tcase_add_test(tm, clock_page_is_valid_before_the_first_instruction);
	suite_add_tcase(suite, tm);
	return unit_run(suite);
}
