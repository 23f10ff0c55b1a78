// SPDX-License-Identifier: MIT
/*
 * The order of the run queue: proportional share by virtual time.
 *
 * Called by sched.c alone. Pure: no clock, no vcpus; tested on the host.
 *
 * A unit's virtual time grows with the time it ran, the slower the greater its
 * weight. Whoever has least runs next, so in the long run everybody's virtual
 * time grows alike and CPU time is shared by weight. One that slept mustn't
 * come back with years of credit: it joins where the others are now, a little
 * (the wake bonus) before them. min_vtime says where that is.
 *
 * Virtual time can't wrap: 2^64 ns at the least weight are two years of
 * running without anybody else; runq_charge() saturates rather than wraps.
 */
#include "domain/sched.h"
#include "lib/div.h"

void runq_init(struct runq *q)
{
	q->lock = (spinlock_t)SPINLOCK_INIT;
	list_init(&q->units);
	q->min_vtime = 0;
}

struct sched_unit *runq_first(const struct runq *q)
{
	return list_empty(&q->units) ? NULL :
				       list_entry(q->units.next, struct sched_unit, link);
}

/* In order, behind its equals: those take turns. */
static void insert(struct runq *q, struct sched_unit *u)
{
	struct list *pos;

	list_for_each(pos, &q->units)
		if (list_entry(pos, struct sched_unit, link)->vtime > u->vtime)
			break;
	list_add_before(pos, &u->link);
}

/*
 * [tour: context-switch 3] Who has slept must not come back with the credit of
 * years: it joins where the others are, a little ahead, so that a keypress is
 * answered soon.
 */
void runq_add(struct runq *q, struct sched_unit *u)
{
	u64 floor = q->min_vtime > SCHED_WAKE_BONUS_NS ? q->min_vtime - SCHED_WAKE_BONUS_NS : 0;

	u->vtime = MAX(u->vtime, floor);
	insert(q, u);
}

void runq_remove(struct runq *q, struct sched_unit *u)
{
	(void)q;
	list_del(&u->link);
}

u64 runq_scale(const struct sched_unit *u, u64 ns)
{
	/* 256 / weight of it, and never nothing: who runs moves on. */
	if (ns > UINT64_MAX / SCHED_DEFAULT_WEIGHT)
		ns = UINT64_MAX / SCHED_DEFAULT_WEIGHT;
	return div_u64_u32(ns * SCHED_DEFAULT_WEIGHT, u->weight, NULL) + (ns != 0);
}

/*
 * [tour: context-switch 2] Proportional share in one line of arithmetic:
 * virtual time grows with the time that one ran, divided by its weight. Whoever
 * has least is next, so in the long run all have run in the ratio of their
 * weights.
 */
void runq_charge(struct runq *q, struct sched_unit *u, u64 ns)
{
	const struct sched_unit *first = runq_first(q);
	u64 delta = runq_scale(u, ns), lowest;

	u->ran_ns += ns;
	u->vtime = u->vtime + delta < u->vtime ? UINT64_MAX : u->vtime + delta;
	lowest = first ? MIN(first->vtime, u->vtime) : u->vtime;
	q->min_vtime = MAX(q->min_vtime, lowest);
}

void runq_yield(struct runq *q, struct sched_unit *u)
{
	const struct sched_unit *first = runq_first(q), *last;
	u64 limit;

	if (!first)
		return;
	last = list_entry(q->units.prev, struct sched_unit, link);
	/*
	 * Behind all that wait for about their turn, at its own expense: a vcpu
	 * that polls in a loop has no claim to what it gave away. But not behind
	 * one that had its share for seconds to come (a small weight's vtime
	 * leaps with every slice), or a yield would mean those seconds.
	 */
	limit = first->vtime + SCHED_SLICE_NS + SCHED_WAKE_BONUS_NS;
	u->vtime = MAX(u->vtime, MIN(last->vtime, limit));
	u->yielded = true;
}

u64 runq_slice_ns(const struct runq *q)
{
	const struct sched_unit *first = runq_first(q);

	if (!first)
		return 0;
	return first->yielded ? SCHED_YIELD_SLICE_NS : SCHED_SLICE_NS;
}

bool runq_preempts(const struct sched_unit *u, u64 running_vtime)
{
	return u->vtime < running_vtime;
}
