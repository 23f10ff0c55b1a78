// SPDX-License-Identifier: MIT
/*
 * Claim: the CPU's own iret works in a guest's kernel, and with NT set it raises
 * #TS (in 64 bits #GP) instead of switching to a task.
 * See: ABI 4.3; SDM 3A 7.4
 */

#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "test/guest/iret-and-nested-task/iret.h"

static unsigned long flags(void)
{
	unsigned long f;

	asm volatile("pushf; pop %0" : "=r"(f));
	return f;
}

static void try_iopl(void)
{
	unsigned long f;

	asm volatile("pushf; orl $0x3000, (%%" ASM_SP "); popf; pushf; pop %0" : "=r"(f) : : "cc");
	TEST_CHECK(!(f & 0x3000), "popf raised IOPL: %lx", f);
	asm volatile("pushf; andl $0xfffffdff, (%%" ASM_SP "); popf; pushf; pop %0"
		     : "=r"(f)
		     :
		     : "cc");
	TEST_CHECK(f & 0x200, "popf cleared IF: %lx", f);
}

void test_main(void)
{
	struct trap_result r;
	uint32_t word = 0;

	TEST_CHECK(!trap_catch(plain_iret, &word, &r) && word == 77, "iret: trap %u", r.vector);
	for (int i = 0; i < 3; i++) {
		TEST_CHECK(trap_catch(iret_with_nt, &word, &r), "iret with NT went through");
		TEST_CHECK(r.vector == nt_vector, "iret with NT: trap %u", r.vector);
		TEST_CHECK(!(flags() & 0x4000), "NT is set in the handler");
		hypercall_xen_version(XENVER_version, NULL);
	}
	TEST_CHECK(trap_catch(iret_to_ring0, &word, &r) && r.vector == VECTOR_GP,
		   "iret to ring 0: trap %u", r.vector);
	try_iopl();
	TEST_CHECK(!trap_catch(plain_iret, &word, &r), "iret at the end: trap %u", r.vector);
}
