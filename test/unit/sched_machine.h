/* SPDX-License-Identifier: MIT */
/* A simulated CPU that runs vcpus as the scheduler says, on a clock of its own. */
#ifndef TEST_UNIT_SCHED_MACHINE_H
#define TEST_UNIT_SCHED_MACHINE_H

#include "domain/domain.h"

#define MS 1000000ULL
#define NR 6 /* domains, of one vcpu each */

extern u64 now;	/* system time, ns */
extern struct vcpu *current;
extern u64 idle_ns;
extern unsigned int nr_switches, nr_idles, nr_timer_sets;
extern struct domain doms[NR];
extern struct vcpu vcpus[NR];
extern struct shared_info shared[NR];
/* Where a guest may register its runstate, if that is mapped. */
#define AREA_GVA 0x5000UL
extern struct vcpu_runstate_info area;
extern bool area_mapped;
/* How often a part was written while the area bore the update mark. */
extern unsigned int marks_seen;
extern unsigned int virqs[NR];	/* VIRQ_TIMERs that each got */

void machine_setup(void);
/* Fire what is due. */
void run_timers(void);

/* Bring a vcpu up. */
void vcpu_up(unsigned int i, u32 weight);
/* CPU time it had, ns. */
u64 vcpu_ran(unsigned int i);

/* What the way out of the monitor does. */
void cpu_leave(void);
/* The current vcpu runs for ns, or until a timer interrupts it; how long it did. */
u64 cpu_run(u64 ns);
/* All that is up computes for ns. */
void cpu_compute(u64 ns);

#endif
