// SPDX-License-Identifier: MIT
/*
 * Text through HYPERVISOR_console_io: open to the initial domain, and to every
 * domain when the monitor was started with guest_debugcon.
 */

#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"

void debug_write(const char *text, size_t len_bytes)
{
	hypercall_console_io(CONSOLEIO_write, len_bytes, (char *)(unsigned long)text);
}

void debug_printf(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = guest_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	debug_write(line, len < (int)sizeof(line) ? len : (int)sizeof(line) - 1);
}
