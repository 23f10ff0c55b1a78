/* SPDX-License-Identifier: MIT */
/*
 * The raw system call: number in eax, arguments in ebx, ecx and edx.
 */
#ifndef USER_CALL_H
#define USER_CALL_H

static inline int syscall3(int nr, unsigned long a, unsigned long b, unsigned long c)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

#endif
