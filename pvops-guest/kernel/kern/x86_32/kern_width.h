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

/* The kernel's half begins here; so does the direct map. */
#define KERNEL_BASE WIDTH_ADDRESS(0xC0000000)
/* The direct map ends here at the latest: at most 768 MB are used. */
#define DIRECT_MAP_END WIDTH_ADDRESS(0xF0000000)
/* A monitor owns everything from here up. */
#define KERNEL_LIMIT WIDTH_ADDRESS(0xF5800000)

/* What entries of the root, of level 3, carry: P only, the rest is reserved. SDM vol. 3A, 4.4. */
#define PTE_ROOT 0x001ull

/* Registers that switch_stacks() saves. */
#define NR_SWITCH_REGS 4

#ifndef __ASSEMBLY__

#include <stdint.h>

/* Called from assembly: arguments on the stack, whatever -mregparm says. */
#define asmlinkage __attribute__((regparm(0)))

/* `value` / `divisor`, where the quotient may need 64 bits. */
static inline uint64_t div64(uint64_t value, uint32_t divisor)
{
	uint32_t high = value >> 32, low = value;
	uint32_t quotient_high = high / divisor, quotient_low, rest;

	__asm__("divl %4"
		: "=a"(quotient_low), "=d"(rest)
		: "a"(low), "d"(high % divisor), "rm"(divisor));
	(void)rest;
	return (uint64_t)quotient_high << 32 | quotient_low;
}

#endif

#endif
