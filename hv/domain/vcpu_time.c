// SPDX-License-Identifier: MIT
/*
 * A vcpu's clock page and its three timers: single shot, periodic, poll.
 *
 * Called by hypercall/{sched,vcpu}.c and sched.c; the timers call back in
 * interrupts and raise VIRQ_TIMER. ABI 5.1, 5.2.
 */
#include "domain/domain.h"
#include "lib/errno.h"

#include "abi.h" /* the width folder's */

#define PERIOD_DEFAULT_NS 10000000ULL	/* 100 Hz until the guest says otherwise */
#define PERIOD_MIN_NS 1000000ULL
#define PERIOD_MAX_NS (1000000000ULL * 86400 * 365)

/*
 * [tour: interrupt 4] A guest's own timer: it ends as a virtual interrupt of
 * that guest, whichever guest is running now.
 */
static void singleshot_fired(void *arg)
{
	evtchn_raise_virq(arg, VIRQ_TIMER);
}

static void poll_fired(void *arg)
{
	vcpu_kick(arg);
}

/* Whether ticks reach anybody: nobody is woken for a stopped vcpu's sake. */
static bool wants_ticks(const struct vcpu *v)
{
	return v->period_ns && v->virq_port[VIRQ_TIMER] &&
	       !(READ_ONCE(v->why_stopped) & (VCPU_DOWN | VCPU_PAUSED));
}

static void periodic_fired(void *arg)
{
	struct vcpu *v = arg;
	u64 now_ns = time_now_ns(), next_ns;

	if (!wants_ticks(v))
		return;
	/* Ticks that nobody was there to hear are left out, not made up for. */
	next_ns = v->periodic.expires_ns + v->period_ns;
	if (next_ns <= now_ns)
		next_ns = now_ns + v->period_ns;
	timer_set(&v->periodic, next_ns);
	evtchn_raise_virq(v, VIRQ_TIMER);
}

void vcpu_time_init(struct vcpu *v)
{
	timer_init(&v->singleshot, singleshot_fired, v);
	timer_init(&v->periodic, periodic_fired, v);
	timer_init(&v->poll_timer, poll_fired, v);
	v->period_ns = PERIOD_DEFAULT_NS;
}

void vcpu_time_destroy(struct vcpu *v)
{
	v->period_ns = 0;
	timer_stop(&v->singleshot);
	timer_stop(&v->periodic);
	timer_stop(&v->poll_timer);
}

long vcpu_set_singleshot(struct vcpu *v, u64 deadline_ns, bool must_be_future)
{
	if (deadline_ns > time_now_ns()) {
		timer_set(&v->singleshot, deadline_ns);
		return 0;
	}
	if (must_be_future)
		return -ETIME;
	/* Linux sleeps for ever unless a deadline that has passed fires too. */
	timer_stop(&v->singleshot);
	evtchn_raise_virq(v, VIRQ_TIMER);
	return 0;
}

void vcpu_stop_singleshot(struct vcpu *v)
{
	timer_stop(&v->singleshot);
}

void vcpu_resume_periodic(struct vcpu *v)
{
	if (wants_ticks(v) && !v->periodic.armed)
		timer_set(&v->periodic, time_now_ns() + v->period_ns);
}

long vcpu_set_periodic(struct vcpu *v, u64 period_ns)
{
	if (period_ns < PERIOD_MIN_NS || period_ns > PERIOD_MAX_NS)
		return -EINVAL;
	vcpu_stop_periodic(v);
	v->period_ns = period_ns;
	vcpu_resume_periodic(v);
	return 0;
}

void vcpu_stop_periodic(struct vcpu *v)
{
	timer_stop(&v->periodic);
	v->period_ns = 0;
}

void vcpu_update_time(struct vcpu *v)
{
	struct vcpu_time_info *t = &v->info->time;
	struct time_scale s = time_scale();
	u32 version = READ_ONCE(t->version) | 1;

	/* Odd while we write: a reader that sees it, or sees it change, tries again. */
	WRITE_ONCE(t->version, version);
	barrier();
	t->tsc_timestamp = s.tsc_stamp;
	t->system_time = s.system_ns;
	t->tsc_to_system_mul = s.mul;
	t->tsc_shift = s.shift;
	t->flags = 0; /* TSC_STABLE would make Linux ask for more clock pages */
	barrier();
	WRITE_ONCE(t->version, version + 1);
}

void domain_write_wallclock(struct domain *d)
{
	struct shared_info *s = d->shared;
	u32 version = READ_ONCE(s->wc_version) | 1;
	u64 sec;
	u32 nsec;

	time_wallclock_base(&sec, &nsec);
	WRITE_ONCE(s->wc_version, version);
	barrier();
	s->wc_sec = (u32)sec;
	abi_wc_sec_hi(s) = (u32)(sec >> 32);
	s->wc_nsec = nsec;
	barrier();
	WRITE_ONCE(s->wc_version, version + 1);
}
