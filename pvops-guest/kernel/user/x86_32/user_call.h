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

/* gs, which the kernel gives the base of SYS_SET_BASE. */
#define THREAD_SELECTOR 0x33

/* Begin to use the thread segment, after SYS_SET_BASE. */
static inline void thread_load(void)
{
	__asm__ volatile("movl %0, %%gs" : : "r"(THREAD_SELECTOR));
}

/* The word at `offset` of the thread segment. */
static inline unsigned long thread_word(unsigned long offset)
{
	unsigned long value;

	__asm__ volatile("movl %%gs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

#endif
