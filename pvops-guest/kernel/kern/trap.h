/* SPDX-License-Identifier: MIT */
/*
 * Traps: the saved registers, the gates, and who handles what.
 *
 * kern/entry.S builds struct regs and calls trap_dispatch(); the gate table
 * at the end of entry.S is what pv_ops.cpu.init_traps() installs.
 */
#ifndef KERN_TRAP_H
#define KERN_TRAP_H

#include "kern/types.h"
#include "regs.h"

#define TRAP_DIVIDE 0
#define TRAP_BREAKPOINT 3
#define TRAP_INVALID_OPCODE 6
#define TRAP_NO_FPU 7
#define TRAP_DOUBLE_FAULT 8
#define TRAP_GENERAL_PROTECTION 13
#define TRAP_PAGE_FAULT 14
#define NR_EXCEPTIONS 32

#define VECTOR_IRQ0 0x20	/* bare: the 8259's sixteen lines */
#define NR_IRQS 16
#define VECTOR_EVENT 0x30	/* Xen: the event callback; no gate, only a number */
#define VECTOR_FAILSAFE 0x31	/* Xen: the failsafe callback */
#define VECTOR_SYSCALL 0x80
#define NR_VECTORS 256

/* One line of the table of trap handlers. */
struct gate {
	uint32_t vector;
	uint32_t dpl;		/* highest ring that may raise it by `int` */
	unsigned long address;
};

extern const struct gate trap_gates[];
extern const uint32_t trap_nr_gates;

/* Did the trap interrupt a process, rather than the kernel? */
static inline bool regs_from_user(const struct regs *regs)
{
	return (regs->cs & 3) == 3;
}

/* Entry from assembly with irqs off (but see VECTOR_SYSCALL in entry.S). */
asmlinkage void trap_dispatch(struct regs *regs);

/*
 * What must happen before returning to a process: die if killed, give way if
 * the time slice is over. irqs off; may switch to another process and back.
 */
void trap_exit_work(struct regs *regs);

/* Register the trap counters with kern/counters.c. */
void trap_init_counters(void);

/* Jump here, with irqs off and a struct regs on top of the stack, to enter a new process. */
void trap_first_return(void);

/* Handle page fault `regs` about address `va`; kern/fault.c. */
void fault_page(struct regs *regs, unsigned long va);

/* Any other exception: kill the process, or the kernel if it was its own. */
void fault_other(struct regs *regs);

#endif
