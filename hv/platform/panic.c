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

/* Say it, and where: at ip, called by those whose frames begin at bp. */
static void panic_say(unsigned long ip, unsigned long bp, const char *format, va_list ap)
{
	char text[256];

	fmt_v(text, sizeof(text), format, ap);
	printk("PANIC: %s", text);
	if (depth == 1)
		backtrace(ip, bp);
}

void panic(const char *format, ...)
{
	const unsigned long *frame = __builtin_frame_address(0);
	va_list ap;

	panic_begin();
	va_start(ap, format);
	panic_say((unsigned long)__builtin_return_address(0), frame[0], format, ap);
	va_end(ap);
	power_after_crash();
}

void panic_at(unsigned long ip, unsigned long bp, const char *format, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, format);
	panic_say(ip, bp, format, ap);
	va_end(ap);
	power_after_crash();
}

void bug(const char *file, int line, const char *what)
{
	panic_begin();
	printk("PANIC: %s:%d: %s", file, line, what);
	backtrace_from(__builtin_return_address(0), __builtin_frame_address(0));
	power_after_crash();
}
