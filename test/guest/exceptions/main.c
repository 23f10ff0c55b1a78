// SPDX-License-Identifier: MIT
/*
 * Claim: exceptions of a guest's kernel reach the guest's handlers with the vector, error
 * code, address and cr2 that the ABI says.
 * See: ABI 4.1; SDM 3A 6.15
 */

#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NOWHERE 0x40000000ul

static void divide(void *arg)
{
	(void)arg;
	asm volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx", "cc");
}

static void undefined(void *arg)
{
	(void)arg;
	asm volatile("ud2");
}

static void breakpoint(void *arg)
{
	(void)arg;
	asm volatile("int3");
}

static void syscall_gate(void *arg)
{
	(void)arg;
	asm volatile("int $0x80");
}

static void empty_gate(void *arg)
{
	(void)arg;
	asm volatile("int $0x44");
}

static void load_gdt(void *arg)
{
	static const uint8_t gdtr[6];

	(void)arg;
	asm volatile("lgdt %0" : : "m"(gdtr));
}

static void bad_selector(void *arg)
{
	(void)arg;
	asm volatile("movl %0, %%es" : : "r"(0x1008));
}

static void read_nowhere(void *arg)
{
	(void)arg;
	asm volatile("movl %0, %%eax" : : "m"(*(volatile int *)NOWHERE) : "eax");
}

static void write_nowhere(void *arg)
{
	(void)arg;
	*(volatile int *)NOWHERE = 1;
}

static void expect(const char *what, void (*fn)(void *), unsigned int vector, unsigned int error)
{
	struct trap_result r;

	if (!trap_catch(fn, NULL, &r)) {
		test_failure("%s: no trap", what);
		return;
	}
	TEST_CHECK(r.vector == vector, "%s: vector %u, not %u", what, r.vector, vector);
	TEST_CHECK(r.error_code == error, "%s: error code %x, not %x", what, r.error_code, error);
	TEST_CHECK((r.cs & 3) == KERNEL_RPL, "%s: cs %x", what, r.cs);
	if (vector == VECTOR_PF)
		TEST_CHECK(r.cr2 == NOWHERE, "%s: cr2 %lx", what, r.cr2);
}

void test_main(void)
{
	for (int round = 0; round < 2; round++) {
		expect("divide by zero", divide, VECTOR_DE, 0);
		expect("ud2", undefined, VECTOR_UD, 0);
		expect("int3", breakpoint, VECTOR_BP, 0);
		expect("int 0x80", syscall_gate, VECTOR_SYSCALL, 0);
		/* IDT bit and the gate's index. */
		expect("int 0x44", empty_gate, VECTOR_GP, 0x44 * 8 + 2);
		expect("lgdt", load_gdt, VECTOR_GP, 0);
		expect("bad selector", bad_selector, VECTOR_GP, 0x1008);
		expect("read", read_nowhere, VECTOR_PF, 0);
		expect("write", write_nowhere, VECTOR_PF, 2);
	}
}
