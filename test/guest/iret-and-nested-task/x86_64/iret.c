// SPDX-License-Identifier: MIT
/* The CPU's iret, in 64 bits. */

#include <stdint.h>
#include "pvops-guest/lib/traps.h"
#include "test/guest/iret-and-nested-task/iret.h"

const unsigned int nt_vector = VECTOR_GP;

/* ss and rsp are popped too, whatever the rings. */
#define IRET(cs)                                                                                   \
	"movq %%rsp, %%rdx; movl %%ss, %%ecx; pushq %%rcx; pushq %%rdx; pushfq; pushq " cs         \
	"; pushq $1f; iretq; 1:"

void plain_iret(void *arg)
{
	asm volatile("movl %%cs, %%eax;" IRET("%%rax") "movl $77, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "rax", "rcx", "rdx", "memory");
}

void iret_with_nt(void *arg)
{
	asm volatile("pushfq; orl $0x4000, (%%rsp); popfq; movl %%cs, %%eax;" IRET(
			     "%%rax") "movl $78, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "rax", "rcx", "rdx", "memory", "cc");
}

void iret_to_ring0(void *arg)
{
	(void)arg;
	asm volatile(IRET("$0xe008") : : : "rcx", "rdx", "memory");
}
