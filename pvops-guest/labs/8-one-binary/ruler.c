// SPDX-License-Identifier: MIT
/*
 * Lab 8, the check's own measurement: one by one, and the cheapest counts.
 */
#include "pvops-guest/kernel/user/user.h"

#define TIMES 60
#define PAGE  4096

static uint64_t read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void keep_less(uint32_t *best, uint64_t from)
{
	uint32_t cycles = read_tsc() - from;

	if (cycles < *best)
		*best = cycles;
}

int main(const char *args)
{
	volatile char *heap = (volatile char *)(unsigned long)syscall1(SYS_GROW, TIMES * PAGE);
	uint32_t call = ~0u, fault = ~0u;

	(void)args;
	for (int i = 0; i < TIMES; i++) {
		uint64_t from = read_tsc();

		syscall1(NR_SYSCALLS, 0);
		keep_less(&call, from);
		from = read_tsc();
		heap[i * PAGE] = 1;
		keep_less(&fault, from);
	}
	printf("ruler: system call %u, page fault %u\n", call, fault);
	return 0;
}
