/* SPDX-License-Identifier: MIT */
/*
 * Preemptive proportional-share scheduling, and the vcpus' timers.
 *
 * runq.c keeps the order and is pure (tested on the host); sched.c sleeps,
 * wakes and switches vcpus; vcpu_time.c has their timers and clock.
 */
#ifndef DOMAIN_SCHED_H
#define DOMAIN_SCHED_H

#include "lib/list.h"
#include "lib/lock.h"
#include "lib/types.h"

#define SCHED_DEFAULT_WEIGHT 256
#define SCHED_MAX_WEIGHT 65535
/* How long a vcpu runs while others wait; shorter when the next one only yielded. */
#define SCHED_SLICE_NS 10000000ULL
#define SCHED_YIELD_SLICE_NS 2000000ULL
/* How far behind the others' virtual time a waking vcpu may join: it preempts them. */
#define SCHED_WAKE_BONUS_NS 4000000ULL

/* What the run queue knows of a vcpu. */
struct sched_unit {
	struct list link;	/* in the queue when runnable and not running */
	u64 vtime;		/* ns run, scaled by 256 / weight */
	u32 weight;		/* 1..65535 */
	bool yielded;		/* gave way since it last ran */
	u64 started_ns;		/* up to when it has been charged */
	u64 ran_ns;		/* total */
};

struct runq {
	spinlock_t lock;
	struct list units;	/* by vtime, lowest first */
	u64 min_vtime;		/* never falls: where a waking unit joins */
};

/* All runq_*: the queue's lock held. */
void runq_init(struct runq *q);
/* A unit that wakes, or that stops running: no credit for sleep. */
void runq_add(struct runq *q, struct sched_unit *u);
void runq_remove(struct runq *q, struct sched_unit *u);
struct sched_unit *runq_first(const struct runq *q);	/* NULL if empty */
/* Account ns of running to u (which is not in the queue). */
void runq_charge(struct runq *q, struct sched_unit *u, u64 ns);
/* u (running) gives way: behind all that wait, but for those far ahead of their share. */
void runq_yield(struct runq *q, struct sched_unit *u);
/* How long the next one may run before the queue is asked again; 0: nobody waits. */
u64 runq_slice_ns(const struct runq *q);
/* Whether u would have the CPU sooner than one that runs at running_vtime. */
bool runq_preempts(const struct sched_unit *u, u64 running_vtime);
/* Running for ns nanoseconds adds this to a unit's virtual time. */
u64 runq_scale(const struct sched_unit *u, u64 ns);

/* ---- glue: sched.c ---- */

struct vcpu;
struct vcpu_runstate_info;
struct domain;

void sched_init(void);
/* A new vcpu, stopped for the reasons its creator gave. weight 0: the default. */
void sched_vcpu_init(struct vcpu *v, u32 weight);
/* 1..65535; from now on. */
void sched_set_weight(struct vcpu *v, u32 weight);
/* It never runs again: leaves queue and timers. Not the current one. */
void sched_vcpu_destroy(struct vcpu *v);
/*
 * Set and clear reasons (VCPU_*) for not running; a vcpu with none is queued.
 * The current one goes on until the way out of the monitor. Any context.
 */
void vcpu_stop(struct vcpu *v, unsigned int reasons);
void vcpu_start(struct vcpu *v, unsigned int reasons);
/* An event became pending, or a poll's timer ended: wake from block and poll. */
void vcpu_kick(struct vcpu *v);
/* A port became pending, masked or not: wake who polls for it. */
void vcpu_kick_pollers(struct domain *d, u32 port);
/* Its accounts, the one of its present state included up to now. */
void vcpu_read_runstate(struct vcpu *v, struct vcpu_runstate_info *r);
/* Write the accounts where the vcpu, which is current, registered them. */
void vcpu_write_runstate(struct vcpu *v);

/* Ask for schedule() on the way out of the monitor; callable in interrupts. */
void sched_request(void);
bool sched_is_requested(void);

/**
 * Choose who runs next and make it current (vcpu_switch_to); halts with
 * interrupts open while there is nobody. Called by trap/exit.c only, on the
 * way out to a guest, interrupts off; returns with a runnable current vcpu.
 * The caller then looks for its upcalls.
 */
void schedule(void);

/* For who looks, interrupts off: the one being charged, or NULL; and those that wait. */
struct vcpu *sched_running(void);
void sched_each_queued(void (*fn)(struct vcpu *v));

/* SCHEDOP_yield, block, poll; they return what the hypercall returns. */
long sched_yield(void);
long sched_block(void);
#define SCHED_MAX_POLL_PORTS 128
/* @timeout_ns: system time, 0 for none. -EINVAL: too many, or no port number. */
long sched_poll(const u32 *ports, unsigned int nr, u64 timeout_ns);

/* ---- vcpu_time.c ---- */

void vcpu_time_init(struct vcpu *v);
void vcpu_time_destroy(struct vcpu *v);

/* VCPUOP timers and set_timer_op; absolute system time. -ETIME: past, though it must not be. */
long vcpu_set_singleshot(struct vcpu *v, u64 deadline_ns, bool must_be_future);
void vcpu_stop_singleshot(struct vcpu *v);
/* -EINVAL: shorter than a millisecond, or absurdly long. */
long vcpu_set_periodic(struct vcpu *v, u64 period_ns);
void vcpu_stop_periodic(struct vcpu *v);
/* VIRQ_TIMER was bound, or the vcpu may run again: the periodic timer goes on. */
void vcpu_resume_periodic(struct vcpu *v);

/* Write the wall clock of shared_info: at creation. */
void domain_write_wallclock(struct domain *d);

#endif
