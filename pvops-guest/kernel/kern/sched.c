// SPDX-License-Identifier: MIT
/*
 * The scheduler and the tick. Called by trap.c (preemption), proc.c (sleep,
 * exit) and the timer interrupts of native/ and xen/.
 *
 * The kernel runs with irqs off except in the idle loop, so "preemption" means:
 * the tick sets a flag, and the way back to ring 3 looks at it.
 */
#include "kern/sched.h"
#include "kern/panic.h"
#include "kern/proc.h"
#include "pv_ops.h"

/* entry.S */
asmlinkage void switch_stacks(unsigned long *save_sp, unsigned long new_sp);

static bool resched;
static uint32_t nr_ticks, nr_switches;
static unsigned long loaded_base;

/* The next ready process after the current one; slot 0, idle, if there is none. */
static struct proc *pick_next(void)
{
	unsigned int from = proc_current() - proc_slot(0);

	for (unsigned int i = 1; i <= NR_PROCS; i++) {
		struct proc *proc = proc_slot((from + i) % NR_PROCS);

		if (proc->pid != 0 && proc->state == PROC_READY)
			return proc;
	}
	return proc_slot(0);
}

void sched_set_thread_base(unsigned long base)
{
	proc_current()->thread_base = base;
	if (base != loaded_base)
		pv_ops.cpu.set_thread_base(base);
	loaded_base = base;
}

/* Idle keeps whatever tables are loaded: the kernel's part is the same in all. */
static void load_context(const struct proc *next)
{
	if (next->pid == 0)
		return;
	pv_ops.cpu.switch_context((unsigned long)pfn_to_va(next->stack) + PAGE_SIZE,
				  &next->space.tables);
	sched_set_thread_base(next->thread_base);
}

/*
 * [tour: context-switch 10] A guest switches its processes by the same pattern,
 * one floor up: next in the queue, other tables, other stack.
 */
void sched_switch(void)
{
	struct proc *previous = proc_current();
	struct proc *next = pick_next();

	if (next == previous)
		return;
	nr_switches++;
	proc_set_current(next);
	load_context(next);
	switch_stacks(&previous->saved_sp, next->saved_sp);
}

bool sched_take_resched(void)
{
	bool was = resched;

	resched = false;
	return was;
}

void sched_idle(void)
{
	for (;;) {
		sched_switch();
		pv_ops.irq.idle();
	}
}

/*
 * [tour: interrupt 11] Where a bare machine's timer interrupt arrives too: the
 * guest's own scheduler notes that a slice is over.
 */
void timer_tick(void)
{
	nr_ticks++;
	proc_current()->ticks++;
	resched = true;
	proc_wake(&nr_ticks);
}

uint32_t timer_nr_ticks(void)
{
	return nr_ticks;
}

uint32_t sched_nr_switches(void)
{
	return nr_switches;
}

void timer_sleep_ms(uint32_t ms)
{
	uint64_t until = pv_ops.time.now_ns() + (uint64_t)ms * 1000000;

	while (pv_ops.time.now_ns() < until && !proc_current()->killed)
		proc_block(&nr_ticks);
}
