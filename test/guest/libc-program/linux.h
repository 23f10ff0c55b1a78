/* SPDX-License-Identifier: MIT */
/* What the files of this test share: a process of one, in ring 3. */
#ifndef LIBC_PROGRAM_LINUX_H
#define LIBC_PROGRAM_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pvops-guest/lib/traps.h"

#define USER_END   0x40000000ul /* all of it lies in the first slot of the root */
#define MMAP_START 0x20000000ul
#define STACK_TOP  0x30000000ul

/* ---- space.c: the process's memory ---- */

/* space_map - zeroed pages for ring 3 at [va, va + len_bytes); false: none left. */
bool space_map(unsigned long va, unsigned long len_bytes);

/* ---- image.c: the ELF image ---- */

/*
 * program_load - map the program and its stack with arguments. Returns the
 * entry point, 0 on failure; the stack pointer and the end of its data.
 */
unsigned long program_load(unsigned long *stack, unsigned long *data_end);

/* ---- calls.c: Linux's system calls, by int 0x80 ---- */

void calls_init(unsigned long data_end);
bool calls_handler(struct guest_trap_frame *frame);
/* Its exit status, -1 while it runs. */
extern int exit_status;
extern unsigned int nr_calls;

#endif
