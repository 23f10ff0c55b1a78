/* SPDX-License-Identifier: MIT */
/*
 * The programs that are linked into the kernel image, and their loading.
 */
#ifndef KERN_PROGRAM_H
#define KERN_PROGRAM_H

#include "kern/space.h"

/* Where a freshly loaded program starts. */
struct loaded_program {
	unsigned long entry;
	unsigned long stack_top; /* stack pointer at entry */
	unsigned long args;	/* the argument string; its address is also on the stack */
	struct area *heap;	/* empty, right behind the program */
};

/*
 * Give `space` the areas of program `name`: its ELF segments, a heap, a stack
 * holding `args`. Nothing but the stack's top page is filled yet. irqs off.
 * 0; ERR_NONE: no such program; ERR_INVALID: not an ELF we can run; ERR_NO_MEMORY.
 */
int program_load(struct space *space, const char *name, const char *args,
		 struct loaded_program *loaded);

#endif
