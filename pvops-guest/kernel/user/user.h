/* SPDX-License-Identifier: MIT */
/*
 * What a program can do: the system calls as functions, and printing.
 * Every program has main(args), with all its arguments in one string.
 */
#ifndef USER_USER_H
#define USER_USER_H

#include "abi.h"

/* The program. Returns its exit code. */
int main(const char *args);

/* The raw system call: number and arguments as abi.h lists them. */
static inline int syscall3(int nr, uint32_t a, uint32_t b, uint32_t c)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static inline int syscall2(int nr, uint32_t a, uint32_t b)
{
	return syscall3(nr, a, b, 0);
}

static inline int syscall1(int nr, uint32_t a)
{
	return syscall3(nr, a, 0, 0);
}

/* Print up to 255 bytes; format as in lib/printf.h. */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The decimal number at the start of `text`; 0 if there is none. */
uint32_t parse_number(const char *text);

/* Milliseconds since the kernel came up. */
uint32_t uptime_ms(void);

#endif
