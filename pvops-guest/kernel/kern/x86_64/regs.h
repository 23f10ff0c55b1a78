/* SPDX-License-Identifier: MIT */
/*
 * The interrupted context, as entry.S leaves it on the kernel stack, and how a
 * process's registers carry a system call (abi.h).
 */
#ifndef KERN_REGS_H
#define KERN_REGS_H

#include <stdbool.h>
#include <stdint.h>

/* From `error` upwards the processor or the monitor wrote it, in the same format. */
struct regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r10, r9, r8, dx, si, di;
	unsigned long ax, r11, cx; /* in the order of HYPERVISOR_iret */
	unsigned long vector;
	unsigned long error;
	unsigned long ip;
	uint16_t cs;
	uint16_t pad;
	uint32_t saved_mask; /* Xen only: evtchn_upcall_mask before the trap */
	unsigned long flags;
	unsigned long sp, ss;
};

/* Argument `nr` (0, 1 or 2) of a system call. */
static inline unsigned long regs_argument(const struct regs *regs, unsigned int nr)
{
	return nr == 0 ? regs->di : nr == 1 ? regs->si : regs->dx;
}

/* Selectors and argument of a process that starts: data segments are not used. */
static inline void regs_start_user(struct regs *regs, uint16_t ds, unsigned long args)
{
	(void)ds;
	regs->di = args;
}

#endif
