// SPDX-License-Identifier: MIT
/*
 * Claim: a domain keeps its FPU registers while others run, and gets #NM when,
 * and only when, it has set its task-switched flag.
 * See: ABI 4.8; SDM 3A 13.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

static void use_fpu(void *arg)
{
	asm volatile("fstcw %0" : "=m"(*(uint16_t *)arg));
}

void test_main(void)
{
	uint32_t in[8], out[8], seed;
	uint16_t word;
	struct trap_result r;

	asm volatile("rdtsc" : "=a"(seed) : : "edx");
	for (unsigned int i = 0; i < 8; i++)
		in[i] = (seed += 0x9e3779b9) & 0x7fffffff;
	asm volatile("fninit");
	for (unsigned int i = 0; i < 8; i++)
		asm volatile("fildl %0" : : "m"(in[i]));
	for (unsigned int i = 0; i < 300; i++) {
		sched_yield();
		system_time_ns();
	}
	for (unsigned int i = 8; i-- > 0;)
		asm volatile("fistpl %0" : "=m"(out[i]));
	TEST_CHECK(!memcmp(in, out, sizeof(in)), "the registers have changed");

	TEST_EQUAL("fpu_taskswitch", hypercall_fpu_taskswitch(1), 0);
	TEST_CHECK(trap_catch(use_fpu, &word, &r) && r.vector == VECTOR_NM,
		   "no #NM with TS set: trap %u", r.vector);
	TEST_CHECK(!trap_catch(use_fpu, &word, &r), "TS is still set after #NM");
	hypercall_fpu_taskswitch(1);
	hypercall_fpu_taskswitch(0);
	TEST_CHECK(!trap_catch(use_fpu, &word, &r), "TS is still set after clearing it");
}
