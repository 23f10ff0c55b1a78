// SPDX-License-Identifier: MIT
/*
 * The bare machine's console: the first serial port both ways, and text on the
 * VGA screen.
 */
#include "kern/tty.h"
#include "native/insn.h"
#include "native/native.h"
#include "pvops-guest/lib/string.h"

#define COM1		   0x3f8
#define COM1_LINE	   4
#define UART_DATA	   0
#define UART_IRQ_ENABLE	   1
#define UART_FIFO	   2
#define UART_LINE_CONTROL  3
#define UART_MODEM_CONTROL 4
#define UART_LINE_STATUS   5
#define STATUS_RECEIVED	   0x01
#define STATUS_CAN_SEND	   0x20
#define SEND_TRIES	   100000

#define VGA_FRAME   0xb8
#define VGA_COLUMNS 80
#define VGA_ROWS    25
#define VGA_BLANK   0x0720 /* grey on black space */

static unsigned int vga_at; /* cursor, as a cell number */

void native_console_init(void)
{
	insn_outb(COM1 + UART_IRQ_ENABLE, 0);
	insn_outb(COM1 + UART_LINE_CONTROL, 0x80); /* divisor: 115200 baud */
	insn_outb(COM1 + UART_DATA, 1);
	insn_outb(COM1 + UART_IRQ_ENABLE, 0);
	insn_outb(COM1 + UART_LINE_CONTROL, 0x03); /* 8 bits, no parity */
	insn_outb(COM1 + UART_FIFO, 0x07);
	insn_outb(COM1 + UART_MODEM_CONTROL, 0x0b); /* DTR, RTS, interrupts out */
}

/* A port without a UART never becomes ready: give up after a while. */
static void serial_put(char c)
{
	for (int i = 0; i < SEND_TRIES; i++)
		if (insn_inb(COM1 + UART_LINE_STATUS) & STATUS_CAN_SEND)
			break;
	insn_outb(COM1 + UART_DATA, c);
}

/* Everything one row up, the last row blank. */
static void vga_scroll(uint16_t *screen)
{
	memmove(screen, screen + VGA_COLUMNS, (VGA_ROWS - 1) * VGA_COLUMNS * sizeof(*screen));
	for (unsigned int i = 0; i < VGA_COLUMNS; i++)
		screen[(VGA_ROWS - 1) * VGA_COLUMNS + i] = VGA_BLANK;
	vga_at -= VGA_COLUMNS;
}

static void vga_put(char c)
{
	uint16_t *screen = pfn_to_va(VGA_FRAME);

	if (c == '\n')
		vga_at += VGA_COLUMNS - vga_at % VGA_COLUMNS;
	else if (c == '\b')
		vga_at -= vga_at ? 1 : 0;
	else
		screen[vga_at++] = 0x0700 | (uint8_t)c;
	if (vga_at >= VGA_ROWS * VGA_COLUMNS)
		vga_scroll(screen);
}

void native_console_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			serial_put('\r');
		serial_put(text[i]);
		vga_put(text[i]);
	}
}

/* The serial port has received something. */
static void serial_interrupt(void)
{
	/* Bounded, since a port without a UART reads as all ones. */
	for (int i = 0; i < 256; i++) {
		if (!(insn_inb(COM1 + UART_LINE_STATUS) & STATUS_RECEIVED))
			break;
		tty_input(insn_inb(COM1 + UART_DATA));
	}
}

void native_console_listen(void)
{
	native_irq_register(COM1_LINE, serial_interrupt);
	insn_outb(COM1 + UART_IRQ_ENABLE, 1);
	/* What came earlier raised no interrupt; take it now. */
	serial_interrupt();
}
