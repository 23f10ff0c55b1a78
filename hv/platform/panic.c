/* SPDX-License-Identifier: MIT */
/*
 * The end: a monitor bug, or a machine that can't be used. Called from anywhere.
 */
#include <stdarg.h>

#include "lib/printf.h"
#include "platform/condev.h"
#include "platform/platform.h"
#include "x86/cpu.h"

static unsigned int depth; /* a panic inside a panic must end */

static void panic_begin(void)
{
	irq_disable();
	console_break_lock();
	if (++depth > 2)
		power_halt();
}

/* From the caller of the function whose frame this is. */
static void backtrace_from(const void *ip, const unsigned long *frame)
{
	if (depth == 1)
		backtrace((unsigned long)ip, frame[0]);
}

void panic(const char *format, ...)
{
	char text[256];
	va_list ap;

	panic_begin();
	va_start(ap, format);
	fmt_v(text, sizeof(text), format, ap);
	va_end(ap);
	printk("PANIC: %s", text);
	backtrace_from(__builtin_return_address(0), __builtin_frame_address(0));
	power_after_crash();
}

void bug(const char *file, int line, const char *what)
{
	panic_begin();
	printk("PANIC: %s:%d: %s", file, line, what);
	backtrace_from(__builtin_return_address(0), __builtin_frame_address(0));
	power_after_crash();
}
