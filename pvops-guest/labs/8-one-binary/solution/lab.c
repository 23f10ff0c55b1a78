// SPDX-License-Identifier: MIT
/*
 * Lab 8, solved.
 */
#include "pvops-guest/kernel/user/user.h"

#define CALLS 500
#define PAGES 100
#define PAGE  4096

static uint64_t read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* A call that there isn't: the kernel finds that out and comes back. */
static uint32_t system_call_cycles(void)
{
	uint64_t from = read_tsc();

	for (int i = 0; i < CALLS; i++)
		syscall1(NR_SYSCALLS, 0);
	return (uint32_t)(read_tsc() - from) / CALLS;
}

static uint32_t page_fault_cycles(void)
{
	volatile char *heap = (volatile char *)(unsigned long)syscall1(SYS_GROW, PAGES * PAGE);
	uint64_t from = read_tsc();

	for (int i = 0; i < PAGES; i++)
		heap[i * PAGE] = 1;
	return (uint32_t)(read_tsc() - from) / PAGES;
}

int main(const char *args)
{
	(void)args;
	printf("lab: system call %u, page fault %u\n", system_call_cycles(), page_fault_cycles());
	return 0;
}
