/* SPDX-License-Identifier: MIT */
/*
 * Who runs next: round robin, one timer tick each; and the clock they share.
 */
#ifndef KERN_SCHED_H
#define KERN_SCHED_H

#include "kern/types.h"

/*
 * Give way: run the next ready process, or the idle loop. Returns when the
 * caller's turn comes again; never, if it has ended. irqs off.
 */
void sched_switch(void);

/* Make `base` the current process's thread base. irqs off. */
void sched_set_thread_base(unsigned long base);

/* Is the running process's time over? Asking clears it. */
bool sched_take_resched(void);

/* Be process 0: run the others, sleep when there are none. Does not return. */
void sched_idle(void) __attribute__((noreturn));

/* The timer has ticked; called by native/ or xen/ every TICK_NS or more, irqs off. */
void timer_tick(void);

/* Timer ticks and context switches since boot. */
uint32_t timer_nr_ticks(void);
uint32_t sched_nr_switches(void);

/* Sleep the current process for at least `ms` milliseconds, or until it is killed. irqs off. */
void timer_sleep_ms(uint32_t ms);

#endif
