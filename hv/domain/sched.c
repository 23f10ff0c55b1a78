// SPDX-License-Identifier: MIT
/*
 * Who has the CPU: sleeping, waking, slices, the switch.
 *
 * Called by hypercall/sched.c, by event channels and timers to wake a vcpu, by
 * domain.c to stop one, and by trap/exit.c on the way out to a guest. The
 * queue's order is runq.c's.
 *
 * INV-1: a vcpu is in the queue exactly if why_stopped is 0 and it isn't the
 * one that runs. The one that runs may be stopped, until schedule().
 */
#include "domain/domain.h"
#include "domain/trace.h"
#include "lib/errno.h"
#include "platform/step.h"

/* The run queue and its one CPU. */
static struct {
	struct runq q;
	struct vcpu *running;	/* being charged; NULL while idle. q.lock */
	struct timer slice;	/* set for slice_end_ns or sooner. q.lock */
	u64 slice_end_ns;	/* of the one that runs; 0: nobody waits. q.lock */
	bool requested;		/* set also in interrupts */
} sched;

static struct vcpu *unit_vcpu(struct sched_unit *u)
{
	return container_of(u, struct vcpu, sched);
}

void sched_request(void)
{
	WRITE_ONCE(sched.requested, true);
}

bool sched_is_requested(void)
{
	return READ_ONCE(sched.requested);
}

/*
 * The timer outlives the slice that it was set for, so that a vcpu which yields
 * or blocks within its slice costs no access to the timer chip.
 *
 * [tour: context-switch 1] A slice is over. The interrupt only asks for a
 * switch: it happens on the way out to the guest, in one place, with nothing
 * else on the stack.
 */
static void slice_fired(void *arg)
{
	(void)arg;
	spin_lock(&sched.q.lock);
	if (sched.slice_end_ns && sched.slice_end_ns > time_now_ns())
		timer_set(&sched.slice, sched.slice_end_ns);
	else if (sched.slice_end_ns)
		sched_request();
	spin_unlock(&sched.q.lock);
}

void sched_init(void)
{
	runq_init(&sched.q);
	timer_init(&sched.slice, slice_fired, NULL);
	sched_request();
}

/* ---- accounts; q.lock held ---- */

/* Which RUNSTATE_* a vcpu is in now. */
static int runstate_of(const struct vcpu *v)
{
	if (v->why_stopped & (VCPU_DOWN | VCPU_PAUSED))
		return RUNSTATE_offline;
	if (v->why_stopped)
		return RUNSTATE_blocked;
	return v == sched.running ? RUNSTATE_running : RUNSTATE_runnable;
}

/* If its state is another now: close the old one's account, open the new one's. */
static void account(struct vcpu *v, u64 now_ns)
{
	struct vcpu_runstate_info *r = &v->runstate;
	int state = runstate_of(v);

	if (state == r->state)
		return;
	if (now_ns > r->state_entry_time)
		r->time[r->state & 3] += now_ns - r->state_entry_time;
	r->state_entry_time = now_ns;
	r->state = state;
}

static void charge_running(u64 now_ns)
{
	struct sched_unit *u;

	if (!sched.running)
		return;
	u = &sched.running->sched;
	if (now_ns > u->started_ns)
		runq_charge(&sched.q, u, now_ns - u->started_ns);
	u->started_ns = now_ns;
}

/* If somebody waits for the one that runs, see to it that its slice ends. */
static void arm_slice(u64 now_ns)
{
	u64 slice_ns = runq_slice_ns(&sched.q);

	if (!slice_ns || sched.slice_end_ns)
		return;
	sched.slice_end_ns = now_ns + slice_ns;
	if (!sched.slice.armed || sched.slice.expires_ns > sched.slice_end_ns)
		timer_set(&sched.slice, sched.slice_end_ns);
}

struct vcpu *sched_running(void)
{
	return sched.running;
}

void sched_each_queued(void (*fn)(struct vcpu *v))
{
	struct list *pos;

	list_for_each(pos, &sched.q.units)
		fn(unit_vcpu(list_entry(pos, struct sched_unit, link)));
}

/* ---- stop and start ---- */

static bool is_queued(const struct vcpu *v)
{
	return !list_empty(&v->sched.link);
}

void sched_vcpu_init(struct vcpu *v, u32 weight)
{
	list_init(&v->sched.link);
	v->sched.weight = weight ? MIN(weight, (u32)SCHED_MAX_WEIGHT) : SCHED_DEFAULT_WEIGHT;
	v->runstate.state_entry_time = time_now_ns();
	v->runstate.state = runstate_of(v);
	vcpu_time_init(v);
}

void sched_set_weight(struct vcpu *v, u32 weight)
{
	spin_lock(&sched.q.lock);
	/* What it has run until now counts by the old one. */
	if (v == sched.running)
		charge_running(time_now_ns());
	v->sched.weight = MIN(MAX(weight, 1u), (u32)SCHED_MAX_WEIGHT);
	spin_unlock(&sched.q.lock);
}

void sched_vcpu_destroy(struct vcpu *v)
{
	vcpu_time_destroy(v);
	vcpu_stop(v, VCPU_DOWN);
	spin_lock(&sched.q.lock);
	/* Idle after its last run, it may still be the loaded one; it isn't charged. */
	BUG_ON(sched.running == v);
	spin_unlock(&sched.q.lock);
}

void vcpu_stop(struct vcpu *v, unsigned int reasons)
{
	spin_lock(&sched.q.lock);
	v->why_stopped |= reasons;
	if (is_queued(v))
		runq_remove(&sched.q, &v->sched);
	if (v == sched.running)
		sched_request();
	account(v, time_now_ns());
	spin_unlock(&sched.q.lock);
}

/* Queue a vcpu that has become runnable; q.lock held. */
static void enqueue(struct vcpu *v)
{
	u64 now_ns = time_now_ns();

	account(v, now_ns);
	if (v == sched.running)
		return;
	charge_running(now_ns);
	runq_add(&sched.q, &v->sched);
	if (!sched.running || runq_preempts(&v->sched, sched.running->sched.vtime))
		sched_request();
	else
		arm_slice(now_ns);
}

void vcpu_start(struct vcpu *v, unsigned int reasons)
{
	unsigned int had;

	spin_lock(&sched.q.lock);
	had = v->why_stopped;
	v->why_stopped &= ~reasons;
	if (had && !v->why_stopped)
		enqueue(v);
	spin_unlock(&sched.q.lock);
	if (had & reasons & (VCPU_DOWN | VCPU_PAUSED))
		vcpu_resume_periodic(v);
}

/*
 * [tour: interrupt 7] If the vcpu sleeps it is woken, and put where it belongs
 * in the queue. It may preempt who runs now: on the way out of this very
 * interrupt.
 */
void vcpu_kick(struct vcpu *v)
{
	unsigned int why = READ_ONCE(v->why_stopped);

	if (!(why & (VCPU_BLOCKED | VCPU_POLLING)))
		return;
	if (why & VCPU_POLLING)
		timer_stop(&v->poll_timer);
	vcpu_start(v, VCPU_BLOCKED | VCPU_POLLING);
}

void vcpu_kick_pollers(struct domain *d, u32 port)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpus[i];

		if ((READ_ONCE(v->why_stopped) & VCPU_POLLING) &&
		    (!v->polled_port || v->polled_port == port))
			vcpu_kick(v);
	}
}

void vcpu_read_runstate(struct vcpu *v, struct vcpu_runstate_info *r)
{
	u64 now_ns = time_now_ns();

	spin_lock(&sched.q.lock);
	*r = v->runstate;
	spin_unlock(&sched.q.lock);
	if (now_ns > r->state_entry_time)
		r->time[r->state & 3] += now_ns - r->state_entry_time;
}

/* ---- the switch ---- */

/* Take the CPU from who has it, and queue it again if it is still runnable. */
static void put_running(u64 now_ns)
{
	struct vcpu *prev = sched.running;

	charge_running(now_ns);
	sched.running = NULL;
	if (!prev)
		return;
	if (!prev->why_stopped)
		runq_add(&sched.q, &prev->sched);
	account(prev, now_ns);
}

/* Give the CPU to the first in the queue; NULL if there is none. */
static struct vcpu *take_next(u64 now_ns)
{
	struct sched_unit *u = runq_first(&sched.q);
	struct vcpu *next;

	if (!u)
		return NULL;
	next = unit_vcpu(u);
	runq_remove(&sched.q, u);
	u->yielded = false;
	u->started_ns = now_ns;
	sched.running = next;
	account(next, now_ns);
	sched.slice_end_ns = 0;
	arm_slice(now_ns);
	return next;
}

void vcpu_write_runstate(struct vcpu *v)
{
	unsigned long gva = v->runstate_gva;
	unsigned long when_gva = gva + offsetof(struct vcpu_runstate_info, state_entry_time);
	bool marked = v->domain->assists & (1u << VMASST_TYPE_runstate_update_flag);
	struct vcpu_runstate_info r = v->runstate;
	u64 when = r.state_entry_time;

	if (!gva)
		return;
	/* The mark tells vcpus that look while we write; it comes first and goes last. */
	if (marked)
		r.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (marked && copy_to_guest(when_gva, &r.state_entry_time, sizeof(when)))
		return;
	if (copy_to_guest(gva, &r, sizeof(r)))
		return; /* not mapped in this address space: perhaps next time */
	if (marked && copy_to_guest(when_gva, &when, sizeof(when)))
		return;
}

/*
 * What a vcpu finds new when it comes back to the CPU: its clock and its
 * accounts.
 *
 * [tour: context-switch 9] What a guest finds new when it comes back: the clock
 * page, and how its time was spent.
 */
static void arrive(struct vcpu *v)
{
	bool view = arch_kernel_view(v, true);

	vcpu_update_time(v);
	vcpu_write_runstate(v);
	arch_kernel_view(v, view);
}

/* For who steps: a switch, before it is made. */
static void step_switch(const struct vcpu *from, const struct vcpu *to)
{
	unsigned int domid = to->domain->id;

	if (!step_wants(STEP_SWITCH, domid) && from)
		domid = from->domain->id;
	if (!step_wants(STEP_SWITCH, domid))
		return;
	if (!from)
		step_stop("(monitor ring 0): d%uv%u is the first to run", to->domain->id, to->id);
	else
		step_stop("(monitor ring 0): switch from d%uv%u, which %s, to d%uv%u: registers, "
			  "page tables, descriptors and gates", from->domain->id, from->id,
			  from->why_stopped ? "waits" : "had its turn", to->domain->id, to->id);
}

/*
 * [tour: context-switch 4] Put back who ran, take who is first, or idle until
 * an interrupt brings somebody. The idle CPU keeps the last guest loaded: if
 * that one wakes, there was no switch.
 */
void schedule(void)
{
	struct vcpu *prev = current_vcpu(), *next;
	u64 now_ns = time_now_ns();

	spin_lock(&sched.q.lock);
	WRITE_ONCE(sched.requested, false);
	put_running(now_ns);
	while (!(next = take_next(now_ns))) {
		spin_unlock(&sched.q.lock);
		if (prev)
			trace_switch(prev, NULL);
		prev = NULL;
		arch_idle();
		spin_lock(&sched.q.lock);
		WRITE_ONCE(sched.requested, false);
		now_ns = time_now_ns();
	}
	spin_unlock(&sched.q.lock);
	if (next != prev)
		trace_switch(prev, next);
	/* Who ran last is still loaded: coming back to it is no switch. */
	if (next != current_vcpu()) {
		if (unlikely(step.kinds & STEP_SWITCH))
			step_switch(current_vcpu(), next);
		vcpu_switch_to(next);
	}
	arrive(next);
}

/* ---- SCHEDOP_yield, block, poll ---- */

long sched_yield(void)
{
	spin_lock(&sched.q.lock);
	charge_running(time_now_ns());
	if (sched.running && runq_first(&sched.q)) {
		runq_yield(&sched.q, &sched.running->sched);
		sched_request();
	}
	spin_unlock(&sched.q.lock);
	return 0;
}

long sched_block(void)
{
	struct vcpu *v = current_vcpu();

	WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
	vcpu_stop(v, VCPU_BLOCKED);
	/* Only now: an event from another CPU in between would be slept through. */
	if (vcpu_has_upcall(v))
		vcpu_start(v, VCPU_BLOCKED);
	return 0;
}

long sched_poll(const u32 *ports, unsigned int nr, u64 timeout_ns)
{
	struct vcpu *v = current_vcpu();
	bool ready;

	if (nr > SCHED_MAX_POLL_PORTS)
		return -EINVAL;
	for (unsigned int i = 0; i < nr; i++)
		if (!evtchn_port_ok(ports[i]))
			return -EINVAL;
	v->polled_port = nr == 1 ? ports[0] : 0;
	vcpu_stop(v, VCPU_POLLING);
	ready = vcpu_has_upcall(v);
	for (unsigned int i = 0; i < nr && !ready; i++)
		ready = evtchn_is_pending(v->domain, ports[i]);
	if (ready)
		vcpu_start(v, VCPU_POLLING);
	else if (timeout_ns)
		timer_set(&v->poll_timer, timeout_ns);
	return 0;
}
