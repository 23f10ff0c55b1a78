/* SPDX-License-Identifier: MIT */
/* The console's devices, for console.c alone. Text is raw: '\n' alone ends a line. */
#ifndef PLATFORM_CONDEV_H
#define PLATFORM_CONDEV_H

#include "lib/types.h"

/* COM1, 8n1. False if there is no UART. Polls until serial_start_irqs(). */
bool serial_init(u32 baud) __must_check;
bool serial_present(void);
void serial_write(const char *text, size_t len_bytes);
/* Unmask IRQ 4: input, and output from a ring. */
void serial_start_irqs(void);
/* Send all that the ring holds, polling. */
void serial_sync(void);
/* Serve the UART; hands every received byte to rx. */
void serial_irq(void (*rx)(char c));

/* Text mode at 0xB8000, 80x25. */
void vga_init(void);
void vga_write(const char *text, size_t len_bytes);

/* PS/2 keyboard. False if there is no controller. */
bool keyboard_init(void) __must_check;
void keyboard_start_irqs(void);
/* Read what the controller holds; hands every character to rx. */
void keyboard_irq(void (*rx)(char c));

/* panic.c: whoever held the console's lock will not go on. */
void console_break_lock(void);

#endif
