// SPDX-License-Identifier: MIT
/*
 * Interrupts of the bare machine: the IF flag, and two 8259 controllers.
 */
#include "kern/counters.h"
#include "native/insn.h"
#include "native/native.h"

#define PIC1	      0x20 /* command port; data is one above */
#define PIC2	      0xa0
#define PIC_INIT      0x11 /* four init words follow */
#define PIC_MODE_8086 0x01
#define PIC_EOI	      0x20
#define PIC_READ_ISR  0x0b
#define CASCADE_LINE  2

static void (*handlers[NR_IRQS])(void);
static uint16_t masked_lines = 0xffff & ~(1u << CASCADE_LINE);

/* Tell both controllers which lines are masked. */
static void write_masks(void)
{
	insn_outb(PIC1 + 1, masked_lines);
	insn_outb(PIC2 + 1, masked_lines >> 8);
}

void native_irq_init(void)
{
	insn_outb(PIC1, PIC_INIT);
	insn_outb(PIC2, PIC_INIT);
	insn_outb(PIC1 + 1, VECTOR_IRQ0);
	insn_outb(PIC2 + 1, VECTOR_IRQ0 + 8);
	insn_outb(PIC1 + 1, 1u << CASCADE_LINE);
	insn_outb(PIC2 + 1, CASCADE_LINE);
	insn_outb(PIC1 + 1, PIC_MODE_8086);
	insn_outb(PIC2 + 1, PIC_MODE_8086);
	write_masks();
	native_console_listen();
}

void native_irq_register(unsigned int line, void (*handler)(void))
{
	handlers[line] = handler;
	masked_lines &= ~(1u << line);
	write_masks();
}

/* Lines 7 and 15 also come when a line let go too early; then nothing is in service. */
static bool is_spurious(unsigned int line)
{
	uint16_t port = line < 8 ? PIC1 : PIC2;

	if (line != 7 && line != 15)
		return false;
	insn_outb(port, PIC_READ_ISR);
	return !(insn_inb(port) & 0x80);
}

void native_irq_handle(unsigned int vector)
{
	unsigned int line = vector - VECTOR_IRQ0;

	if (line >= NR_IRQS)
		return;
	if (is_spurious(line)) {
		if (line == 15)
			insn_outb(PIC1, PIC_EOI); /* the cascade was real */
		return;
	}
	native_counters[COUNT_EOI]++;
	if (line >= 8)
		insn_outb(PIC2, PIC_EOI);
	insn_outb(PIC1, PIC_EOI);
	if (handlers[line])
		handlers[line]();
}

void native_irq_enable(void)
{
	insn_sti();
}

void native_irq_disable(void)
{
	insn_cli();
}

bool native_irq_save(void)
{
	bool enabled = insn_eflags() & EFLAGS_IF;

	insn_cli();
	return enabled;
}

void native_irq_restore(bool were_enabled)
{
	if (were_enabled)
		insn_sti();
}

void native_irq_idle(void)
{
	insn_sti_hlt();
	insn_cli();
}
