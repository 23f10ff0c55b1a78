/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: the timer, the serial line, the keyboard, and those that the
 * initial domain serves. They come while a guest runs or in a window
 * (arch_irq_window, arch_idle), never elsewhere.
 */
#include "platform/platform.h"
#include "trap/trap.h"

#define IRQ_TIMER 0
#define IRQ_KEYBOARD 1
#define IRQ_COM1 4

/*
 * [tour: interrupt 2] Three lines are the monitor's: timer, keyboard, serial.
 * The others belong to the initial domain, whose drivers run in a guest and
 * get an event instead (pirq_raise).
 */
void irq_dispatch(unsigned int irq)
{
	if (!pic_ack(irq))
		return;
	switch (irq) {
	case IRQ_TIMER:
		timer_run();
		break;
	case IRQ_KEYBOARD:
		console_keyboard_irq();
		break;
	case IRQ_COM1:
		console_serial_irq();
		break;
	default:
		if (pirq_raise(irq))
			break;
		printk_limited("IRQ %u has no owner", irq);
		pic_mask(irq);
	}
}
