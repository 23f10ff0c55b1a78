/* SPDX-License-Identifier: MIT */
/*
 * The interrupted context, as entry.S leaves it on the kernel stack, and how a
 * process's registers carry a system call (abi.h).
 */
#ifndef KERN_REGS_H
#define KERN_REGS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * From `error` upwards the processor or the monitor wrote it, in the same
 * format. `sp` and `ss` exist only if the trap came from ring 3.
 */
struct regs {
	unsigned long gs, fs, es, ds;
	unsigned long di, si, bp, unused_sp, bx, dx, cx, ax;
	unsigned long vector;
	unsigned long error;
	unsigned long ip;
	uint16_t cs;
	uint8_t saved_mask;	/* Xen only: evtchn_upcall_mask before the trap */
	uint8_t pad;
	unsigned long flags;
	unsigned long sp, ss;
};

/* Argument `nr` (0, 1 or 2) of a system call. */
static inline unsigned long regs_argument(const struct regs *regs, unsigned int nr)
{
	return nr == 0 ? regs->bx : nr == 1 ? regs->cx : regs->dx;
}

/* Selectors and argument of a process that starts: its argument is on its stack already. */
static inline void regs_start_user(struct regs *regs, uint16_t ds, unsigned long args)
{
	(void)args;
	regs->ds = regs->es = ds;
}

#endif
