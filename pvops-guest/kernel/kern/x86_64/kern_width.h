/* SPDX-License-Identifier: MIT */
/*
 * What depends on the width, as numbers. Also read by assembly.
 */
#ifndef KERN_WIDTH_H
#define KERN_WIDTH_H

#include "width.h" /* of lib/: PT_LEVELS, pointers in assembly */

#ifdef __ASSEMBLY__
#define WIDTH_ADDRESS(x) x
#else
#define WIDTH_ADDRESS(x) x##ul
#endif

/* The kernel's gigabyte begins here; so does the direct map. */
#define KERNEL_BASE WIDTH_ADDRESS(0xFFFFFFFFC0000000)
/* The direct map ends here at the latest: at most 768 MB are used. */
#define DIRECT_MAP_END WIDTH_ADDRESS(0xFFFFFFFFF0000000)
/* A monitor owns everything from here up, to 0xFFFF880000000000; nothing of ours is near. */
#define KERNEL_LIMIT WIDTH_ADDRESS(0xFFFF800000000000)

/* What entries of the root, of level 4, carry: P, RW, US, A. SDM vol. 3A, 4.5. */
#define PTE_ROOT 0x027ull

/* Registers that switch_stacks() saves. */
#define NR_SWITCH_REGS 6

#ifndef __ASSEMBLY__

#include <stdint.h>

/* Called from assembly; the ABI has its arguments in registers anyway. */
#define asmlinkage

/* `value` / `divisor`; 32 bits need more. */
static inline uint64_t div64(uint64_t value, uint32_t divisor)
{
	return value / divisor;
}

#endif

#endif
