// SPDX-License-Identifier: MIT
/* The CPU's iret, in 32 bits. */

#include <stdint.h>
#include "pvops-guest/lib/traps.h"
#include "test/guest/iret-and-nested-task/iret.h"

const unsigned int nt_vector = VECTOR_TS;

void plain_iret(void *arg)
{
	asm volatile("pushfl; pushl %%cs; pushl $1f; iret; 1: movl $77, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "memory");
}

void iret_with_nt(void *arg)
{
	asm volatile("pushfl; orl $0x4000, (%%esp); popfl\n\t"
		     "pushfl; pushl %%cs; pushl $1f; iret; 1: movl $78, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "memory", "cc");
}

void iret_to_ring0(void *arg)
{
	(void)arg;
	asm volatile("pushfl; pushl $0xe008; pushl $1f; iret; 1:" : : : "memory");
}
