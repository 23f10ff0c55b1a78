/* SPDX-License-Identifier: MIT */
/*
 * The programs that are linked into the kernel image, and their loading.
 */
#ifndef KERN_PROGRAM_H
#define KERN_PROGRAM_H

#include "kern/space.h"

/* Where a freshly loaded program starts. */
struct loaded_program {
	uint32_t entry;
	uint32_t stack_top;	/* esp at entry; the argument string's address is there */
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
