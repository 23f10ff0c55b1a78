// SPDX-License-Identifier: MIT
/*
 * Claim: the flat segments end where the monitor begins: every access of ring 1
 * that touches a byte at or above 0xF6800000 faults by its segment's limit.
 * See: ABI 1.2, 4.8; SDM 3A 5.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define MONITOR_START 0xf6800000ul

static void read_by_ss(void *arg)
{
	asm volatile("movl %%ss:(%0), %%eax" : : "r"(arg) : "eax");
}

static void read_by_cs(void *arg)
{
	asm volatile("movl %%cs:(%0), %%eax" : : "r"(arg) : "eax");
}

static void jump_there(void *arg)
{
	asm volatile("jmp *%0" : : "r"(arg));
}

static void check(unsigned long va)
{
	struct trap_result r;
	uint32_t value;

	TEST_CHECK(!probe_read32(va, &value, &r) && r.vector == VECTOR_GP && !r.error_code,
		   "read at %lx: trap %u, error %x", va, r.vector, r.error_code);
	TEST_CHECK(!probe_write32(va, 0, &r) && r.vector == VECTOR_GP && !r.error_code,
		   "write at %lx: trap %u, error %x", va, r.vector, r.error_code);
	TEST_CHECK(trap_catch(read_by_ss, (void *)va, &r) && r.vector == VECTOR_SS,
		   "read by ss at %lx: trap %u", va, r.vector);
	TEST_CHECK(trap_catch(read_by_cs, (void *)va, &r) && r.vector == VECTOR_GP,
		   "read by cs at %lx: trap %u", va, r.vector);
}

void test_main(void)
{
	struct trap_result r;
	uint32_t value;

	TEST_CHECK(probe_read32(MONITOR_START - 4, &value, &r),
		   "the last word below can't be read");
	check(MONITOR_START - 3);
	check(MONITOR_START - 1);
	for (unsigned long va = MONITOR_START; va; va += 0x100000)
		check(va);
	check(0xfffffff0);
	check(0xfffffffe);
	TEST_CHECK(trap_catch(jump_there, (void *)MONITOR_START, &r) && r.vector == VECTOR_GP,
		   "a jump there: trap %u", r.vector);
}
