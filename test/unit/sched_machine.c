/* SPDX-License-Identifier: MIT */
/*
 * A simulated CPU with a clock, timers and vcpus; for the tests test_sched.c
 * and test_sched_sleep.c. See sched_machine.h.
 */
#include "sched_machine.h"

#include <errno.h>
#include <string.h>

#include "harness.h"

u64 now;
static struct timer *timers[64];
static unsigned int nr_timers;
struct vcpu *current;
u64 idle_ns;
unsigned int nr_switches, nr_idles, nr_timer_sets;
struct vcpu_runstate_info area;
bool area_mapped;
unsigned int marks_seen;

/* ck_assert() for what is tested millions of times: silent when it holds. */
static void must(bool cond, const char *what)
{
	if (!cond)
		ck_abort_msg("expected %s", what);
}

u64 time_now_ns(void)
{
	return now;
}

struct time_scale time_scale(void)
{
	return (struct time_scale){ .tsc_stamp = now, .system_ns = now,
				    .mul = 1u << 31, .shift = 1 };
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
	must(nr_timers < ARRAY_SIZE(timers), "room for a timer");
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

void run_timers(void)
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

void vcpu_switch_to(struct vcpu *next)
{
	must(next != current, "a switch to another");
	current = next;
	nr_switches++;
}

/* Sleep until the next timer: without one the machine would never wake. */
bool arch_kernel_view(struct vcpu *v, bool on)
{
	(void)v;
	return on;
}

void arch_idle(void)
{
	struct timer *t = next_timer();

	nr_idles++;
	must(t, "a timer to wake up by");
	if (t->expires_ns > now) {
		idle_ns += t->expires_ns - now;
		now = t->expires_ns;
	}
	run_timers();
}

int copy_to_guest(unsigned long gva, const void *src, size_t n)
{
	u64 off = gva - AREA_GVA;

	if (!area_mapped || gva < AREA_GVA || off + n > sizeof(area))
		return -EFAULT;
	if (n < sizeof(area))
		marks_seen += !!(area.state_entry_time & XEN_RUNSTATE_UPDATE);
	memcpy((char *)&area + off, src, n);
	return 0;
}

/* ---- guests ---- */

struct domain doms[NR];
struct vcpu vcpus[NR];
struct shared_info shared[NR];
unsigned int virqs[NR];

void evtchn_raise_virq(struct vcpu *v, u32 virq)
{
	must(virq == VIRQ_TIMER, "VIRQ_TIMER");
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

void machine_setup(void)
{
	memset(doms, 0, sizeof(doms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(shared, 0, sizeof(shared));
	memset(virqs, 0, sizeof(virqs));
	memset(&area, 0, sizeof(area));
	area_mapped = false;
	marks_seen = 0;
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

void vcpu_up(unsigned int i, u32 weight)
{
	vcpus[i].sched.weight = weight;
	vcpu_start(&vcpus[i], VCPU_DOWN);
}

/* What the way out of the monitor does. */
void cpu_leave(void)
{
	if (sched_is_requested())
		schedule();
	must(current && !current->why_stopped, "a runnable vcpu");
}

/* The current vcpu runs for at most ns; less if a timer interrupts it. */
u64 cpu_run(u64 ns)
{
	struct timer *t = next_timer();
	u64 until = t && t->expires_ns < now + ns ? MAX(t->expires_ns, now) : now + ns, ran;

	ran = until - now;
	now = until;
	run_timers();
	return ran;
}

u64 vcpu_ran(unsigned int i)
{
	return vcpus[i].sched.ran_ns;
}

/* All that is up computes for ns. */
void cpu_compute(u64 ns)
{
	u64 end = now + ns;

	while (now < end) {
		cpu_leave();
		cpu_run(end - now);
	}
	sched_request();
	cpu_leave();
}
