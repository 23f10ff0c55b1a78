/* SPDX-License-Identifier: MIT */
/*
 * The seam's functions that are the same on both widths: TLB and interrupt
 * flag of this CPU. SDM vol. 3A, 4.10.4, 6.8. Called by mm/, domain/, hypercall/.
 */
#include "x86/arch.h"
#include "x86/cpu.h"

void arch_tlb_flush(void)
{
	write_cr3(read_cr3());
}

void arch_tlb_flush_page(unsigned long gva)
{
	invlpg((const void *)gva);
}

void arch_irq_window(void)
{
	/* STI takes effect after the next instruction: that is where they come. */
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

void arch_idle(void)
{
	irq_enable_and_halt();
	irq_disable();
}
