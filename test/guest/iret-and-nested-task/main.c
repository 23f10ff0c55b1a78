// SPDX-License-Identifier: MIT
/*
 * Claim: the CPU's own iret works in ring 1, and with NT set it raises #TS
 * instead of switching to a task.
 * See: ABI 4.3; SDM 3A 7.4
 */

#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

static void plain_iret(void *arg)
{
	asm volatile("pushfl; pushl %%cs; pushl $1f; iret; 1: movl $77, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "memory");
}

static void iret_with_nt(void *arg)
{
	asm volatile("pushfl; orl $0x4000, (%%esp); popfl\n\t"
		     "pushfl; pushl %%cs; pushl $1f; iret; 1: movl $78, %0"
		     : "=m"(*(uint32_t *)arg)
		     :
		     : "memory", "cc");
}

/* Inward or to nowhere: what a guest kernel may not do. */
static void iret_to_ring0(void *arg)
{
	(void)arg;
	asm volatile("pushfl; pushl $0xe008; pushl $1f; iret; 1:" : : : "memory");
}

static uint32_t flags(void)
{
	uint32_t f;

	asm volatile("pushfl; popl %0" : "=r"(f));
	return f;
}

static void try_iopl(void)
{
	uint32_t f;

	asm volatile("pushfl; orl $0x3000, (%%esp); popfl; pushfl; popl %0" : "=r"(f) : : "cc");
	TEST_CHECK(!(f & 0x3000), "popf raised IOPL: %x", f);
	asm volatile("pushfl; andl $0xfffffdff, (%%esp); popfl; pushfl; popl %0"
		     : "=r"(f)
		     :
		     : "cc");
	TEST_CHECK(f & 0x200, "popf cleared IF: %x", f);
}

void test_main(void)
{
	struct trap_result r;
	uint32_t word = 0;

	TEST_CHECK(!trap_catch(plain_iret, &word, &r) && word == 77, "iret: trap %u", r.vector);
	for (int i = 0; i < 3; i++) {
		TEST_CHECK(trap_catch(iret_with_nt, &word, &r), "iret with NT went through");
		TEST_CHECK(r.vector == VECTOR_TS, "iret with NT: trap %u", r.vector);
		TEST_CHECK(!(flags() & 0x4000), "NT is set in the handler");
		hypercall_xen_version(XENVER_version, NULL);
	}
	TEST_CHECK(trap_catch(iret_to_ring0, &word, &r) && r.vector == VECTOR_GP,
		   "iret to ring 0: trap %u", r.vector);
	try_iopl();
	TEST_CHECK(!trap_catch(plain_iret, &word, &r), "iret at the end: trap %u", r.vector);
}
