/* SPDX-License-Identifier: MIT */
/*
 * The raw system call: number in rax, arguments in rdi, rsi and rdx; the
 * processor itself overwrites rcx and r11.
 */
#ifndef USER_CALL_H
#define USER_CALL_H

static inline int syscall3(int nr, unsigned long a, unsigned long b, unsigned long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

/* Begin to use the thread segment, after SYS_SET_BASE: fs needs no selector. */
static inline void thread_load(void)
{
}

/* The word at `offset` of the thread segment. */
static inline unsigned long thread_word(unsigned long offset)
{
	unsigned long value;

	__asm__ volatile("movq %%fs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

#endif
