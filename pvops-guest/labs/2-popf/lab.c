// SPDX-License-Identifier: MIT
/*
 * Lab 2, starting point: interrupts as a kernel in ring 0 handles them.
 * Make it right for a kernel that isn't.
 */
#include "pvops-guest/labs/2-popf/lab.h"

void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

unsigned long irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushf\n\t"
			 "pop %0\n\t"
			 "cli"
			 : "=r"(flags)
			 :
			 : "memory");
	return flags;
}

void irq_restore(unsigned long saved)
{
	__asm__ volatile("push %0\n\t"
			 "popf"
			 :
			 : "r"(saved)
			 : "memory", "cc");
}
