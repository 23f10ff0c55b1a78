// SPDX-License-Identifier: MIT
/*
 * kprintf and panic. Called from everywhere; calls pv_ops.console.
 */
#include "kern/panic.h"
#include "kern/types.h"
#include "pv_ops.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

/* Format and write one piece of text. */
static void print_args(const char *format, va_list args)
{
	char text[256];
	bool enabled;

	guest_vsnprintf(text, sizeof(text), format, args);
	enabled = pv_ops.irq.save();
	pv_ops.console.write(text, strlen(text));
	pv_ops.irq.restore(enabled);
}

void kprintf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_args(format, args);
	va_end(args);
}

void panic(const char *format, ...)
{
	va_list args;

	pv_ops.irq.disable();
	kprintf("kernel panic: ");
	va_start(args, format);
	print_args(format, args);
	va_end(args);
	kprintf("\n");
	pv_ops.shutdown(SHUTDOWN_KIND_CRASH);
}
