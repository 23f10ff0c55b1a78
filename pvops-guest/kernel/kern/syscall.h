/* SPDX-License-Identifier: MIT */
/*
 * System calls; the list and the structs are in abi.h.
 */
#ifndef KERN_SYSCALL_H
#define KERN_SYSCALL_H

#include "kern/trap.h"

/* Do the system call in regs->ax, and leave its result there. irqs off. */
void syscall_dispatch(struct regs *regs);

#endif
