// SPDX-License-Identifier: MIT
/*
 * Linked into every program: its start, and printf.
 */
#include "user/user.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

/* Entered by the kernel with `args` where a caller would have put it. */
void _start(const char *args) __attribute__((noreturn));

void _start(const char *args)
{
	int code = main(args);

	for (;;)
		syscall1(SYS_EXIT, code);
}

void printf(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	guest_vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	syscall2(SYS_WRITE, (unsigned long)text, strlen(text));
}

uint32_t parse_number(const char *text)
{
	uint32_t value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + (*text++ - '0');
	return value;
}

uint32_t uptime_ms(void)
{
	struct system_info info;

	syscall1(SYS_INFO, (unsigned long)&info);
	return info.uptime_ms;
}
