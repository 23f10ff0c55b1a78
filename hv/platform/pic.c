/* SPDX-License-Identifier: MIT */
/*
 * The two 8259 interrupt controllers. Called by drivers (mask, unmask) and by
 * trap/irq.c (ack). Intel 8259A data sheet, order number 231468.
 */
#include "platform/platform.h"
#include "x86/io.h"
#include "x86/vectors.h"

#define PIC1_CMD  0x20
#define PIC1_DATA 0x21
#define PIC2_CMD  0xa0
#define PIC2_DATA 0xa1

#define ICW1_INIT_ICW4	  0x11
#define ICW4_8086	  0x01
#define OCW2_SPECIFIC_EOI 0x60
#define OCW3_READ_ISR	  0x0b

#define IRQ_CASCADE   2
#define IRQ_SPURIOUS1 7
#define IRQ_SPURIOUS2 15

static u16 masked = 0xffff;

static void mask_write(void)
{
	outb(PIC1_DATA, (u8)masked);
	outb(PIC2_DATA, (u8)(masked >> 8));
}

/*
 * [tour: interrupt 1] Sixteen lines, moved to vectors that the CPU doesn't use
 * itself. All are masked until somebody here wants one.
 */
void pic_init(void)
{
	outb(PIC1_CMD, ICW1_INIT_ICW4);
	outb(PIC2_CMD, ICW1_INIT_ICW4);
	outb(PIC1_DATA, VEC_IRQ_BASE);
	outb(PIC2_DATA, VEC_IRQ_BASE + 8);
	outb(PIC1_DATA, 1 << IRQ_CASCADE);
	outb(PIC2_DATA, IRQ_CASCADE);
	outb(PIC1_DATA, ICW4_8086);
	outb(PIC2_DATA, ICW4_8086);
	masked = 0xffff & ~(1u << IRQ_CASCADE);
	mask_write();
}

void pic_unmask(unsigned int irq)
{
	BUG_ON(irq >= NR_IRQS);
	masked &= (u16) ~(1u << irq);
	mask_write();
}

void pic_mask(unsigned int irq)
{
	BUG_ON(irq >= NR_IRQS);
	masked |= (u16)(1u << irq);
	mask_write();
}

static bool in_service(u16 cmd_port, u8 bit)
{
	outb(cmd_port, OCW3_READ_ISR);
	return inb(cmd_port) & bit;
}

bool pic_ack(unsigned int irq)
{
	/* An input that went away before it was taken shows as the lowest one. */
	if (irq == IRQ_SPURIOUS1 && !in_service(PIC1_CMD, 0x80))
		return false;
	if (irq == IRQ_SPURIOUS2 && !in_service(PIC2_CMD, 0x80)) {
		outb(PIC1_CMD, OCW2_SPECIFIC_EOI | IRQ_CASCADE); /* that one was real */
		return false;
	}
	if (irq >= 8) {
		outb(PIC2_CMD, (u8)(OCW2_SPECIFIC_EOI | (irq - 8)));
		irq = IRQ_CASCADE;
	}
	outb(PIC1_CMD, (u8)(OCW2_SPECIFIC_EOI | irq));
	return true;
}
