/* SPDX-License-Identifier: MIT */
/*
 * What a program can do: the system calls as functions, and printing.
 * Every program has main(args), with all its arguments in one string.
 */
#ifndef USER_USER_H
#define USER_USER_H

#include "abi.h"
#include "user_call.h"

/* The program. Returns its exit code. */
int main(const char *args);

/* syscall3(), the raw system call, is the width's: number and arguments as abi.h lists them. */

static inline int syscall2(int nr, unsigned long a, unsigned long b)
{
	return syscall3(nr, a, b, 0);
}

static inline int syscall1(int nr, unsigned long a)
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
