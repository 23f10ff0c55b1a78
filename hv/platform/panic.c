/* SPDX-License-Identifier: MIT */
/*
 * The end: a monitor bug, or a machine that can't be used. Called from anywhere.
 */
#include <stdarg.h>

#include "lib/printf.h"
#include "platform/condev.h"
#include "platform/platform.h"
#include "x86/cpu.h"

#define RESET_DELAY_NS 5000000000ULL

static unsigned int depth; /* a panic inside a panic must end */

static void end_after_panic(void) __noreturn;
static void end_after_panic(void)
{
	u64 until_ns = time_now_ns() + RESET_DELAY_NS;

	console_sync();
	power_qemu_exit(1);
	if (options.noreboot) {
		printk("halted");
		power_halt();
	}
	printk("reset in 5 seconds");
	console_sync();
	while (time_now_ns() != 0 && time_now_ns() < until_ns)
		__builtin_ia32_pause();
	power_reset();
}

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
	end_after_panic();
}

void bug(const char *file, int line, const char *what)
{
	panic_begin();
	printk("PANIC: %s:%d: %s", file, line, what);
	backtrace_from(__builtin_return_address(0), __builtin_frame_address(0));
	end_after_panic();
}
