// SPDX-License-Identifier: MIT
/*
 * Exceptions: demand paging, and what happens to those who break the rules.
 *
 * Called by trap.c. A page fault inside an area of the process is how its
 * memory comes into being. Everything else kills the process, or, if the
 * kernel did it, the kernel: it touches user memory only after
 * space_fill_range() has made it present, so that its own faults are bugs.
 */
#include "kern/panic.h"
#include "kern/proc.h"
#include "kern/space.h"
#include "kern/trap.h"
#include "pv_ops.h"

#define PF_PRESENT 1
#define PF_WRITE   2

static const char *const exception_names[] = {
	[0] = "divide error",	[1] = "debug",	      [3] = "breakpoint",
	[4] = "overflow",	[5] = "bound range",  [6] = "invalid opcode",
	[7] = "no coprocessor", [8] = "double fault", [10] = "invalid TSS",
	[11] = "no segment",	[12] = "stack fault", [13] = "general protection",
	[14] = "page fault",	[16] = "x87 error",   [17] = "alignment check",
	[18] = "machine check", [19] = "SIMD error",
};

/* A name for exception `vector`. */
static const char *exception_name(unsigned long vector)
{
	if (vector == VECTOR_FAILSAFE)
		return "bad segment or frame";
	if (vector < ARRAY_SIZE(exception_names) && exception_names[vector])
		return exception_names[vector];
	return "exception";
}

/* The kernel itself failed: print what is known, and end. */
static void __attribute__((noreturn)) die(const struct regs *regs, unsigned long va)
{
	kprintf("ax %08lx bx %08lx cx %08lx dx %08lx\n", regs->ax, regs->bx, regs->cx, regs->dx);
	kprintf("si %08lx di %08lx bp %08lx sp %p\n", regs->si, regs->di, regs->bp,
		(const void *)&regs->sp);
	panic("%s in ring %u at ip %08lx, error %lx, address %08lx", exception_name(regs->vector),
	      current_ring(), regs->ip, regs->error, va);
}

/* The process failed: say so, and let it die on the way out (trap_exit_work). */
static void kill_current(const struct regs *regs)
{
	struct proc *proc = proc_current();

	kprintf("pid %u (%s) killed: %s at ip %08lx", proc->pid, proc->name,
		exception_name(regs->vector), regs->ip);
	proc->killed = true;
}

void fault_page(struct regs *regs, unsigned long va)
{
	struct proc *proc = proc_current();
	bool write = regs->error & PF_WRITE;
	const char *why = "protected";

	if (!regs_from_user(regs))
		die(regs, va);
	if (!(regs->error & PF_PRESENT)) {
		int error = space_fill_page(&proc->space, va, write);

		if (!error)
			return;
		why = error == ERR_NO_MEMORY ? "out of memory" : "unmapped";
	}
	kill_current(regs);
	kprintf(", %s address %08lx (%s)\n", write ? "writing" : "reading", va, why);
}

void fault_other(struct regs *regs)
{
	if (!regs_from_user(regs))
		die(regs, 0);
	/* As a guest, one such trap allows the next: forbid it again. */
	if (regs->vector == TRAP_NO_FPU)
		pv_ops.cpu.forbid_fpu();
	kill_current(regs);
	kprintf(", error %lx\n", regs->error);
}
