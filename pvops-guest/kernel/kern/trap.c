// SPDX-License-Identifier: MIT
/*
 * Trap dispatch: from a vector number to the function that handles it.
 *
 * Called by entry.S with the interrupted context; calls fault.c, syscall.c and,
 * for interrupts, pv_ops.irq.handle.
 */
#include "kern/trap.h"
#include "kern/counters.h"
#include "kern/proc.h"
#include "kern/sched.h"
#include "kern/syscall.h"
#include "pv_ops.h"

static const char *const counter_names[] = {
	"trap 0 divide error",	      "trap 3 breakpoint",  "trap 6 invalid opcode",
	"trap 13 general protection", "trap 14 page fault", "trap other exception",
	"interrupt or event",	      "system call",
};

static uint32_t counter_values[ARRAY_SIZE(counter_names)];

/* The line of the counter table that `vector` belongs to. */
static unsigned int counter_index(unsigned long vector)
{
	switch (vector) {
	case TRAP_DIVIDE:
		return 0;
	case TRAP_BREAKPOINT:
		return 1;
	case TRAP_INVALID_OPCODE:
		return 2;
	case TRAP_GENERAL_PROTECTION:
		return 3;
	case TRAP_PAGE_FAULT:
		return 4;
	case VECTOR_SYSCALL:
		return 7;
	default:
		return vector < NR_EXCEPTIONS || vector == VECTOR_FAILSAFE ? 5 : 6;
	}
}

void trap_init_counters(void)
{
	counters_register(counter_names, counter_values, ARRAY_SIZE(counter_names));
}

void trap_exit_work(struct regs *regs)
{
	if (!regs_from_user(regs))
		return;
	if (proc_current()->killed)
		proc_exit(PROC_EXIT_KILLED);
	if (sched_take_resched())
		sched_switch();
}

/*
 * [tour: first-trap 15] The guest's own dispatcher does to its processes what
 * the monitor has just done to it.
 */
asmlinkage void trap_dispatch(struct regs *regs)
{
	/* System calls of a guest come unmasked: the monitor saw nothing of them. */
	pv_ops.irq.disable();
	counter_values[counter_index(regs->vector)]++;
	switch (regs->vector) {
	case TRAP_PAGE_FAULT:
		fault_page(regs, pv_ops.mmu.fault_address());
		break;
	case VECTOR_SYSCALL:
		syscall_dispatch(regs);
		break;
	default:
		if (regs->vector < NR_EXCEPTIONS || regs->vector == VECTOR_FAILSAFE)
			fault_other(regs);
		else
			pv_ops.irq.handle(regs->vector);
	}
	trap_exit_work(regs);
}
