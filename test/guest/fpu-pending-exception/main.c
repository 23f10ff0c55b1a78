// SPDX-License-Identifier: MIT
/*
 * Claim: an x87 exception that a domain leaves pending is its own: it survives
 * that others use the FPU meanwhile, reaches its #MF handler at the next
 * waiting instruction, and troubles neither the monitor nor a neighbour, even
 * when the domain ends with it.
 * See: ABI 4.8; SDM 3A 6.15, 13.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define SUMMARY 0x80 /* of the status word: an unmasked exception is pending */

static void divide_by_zero(void)
{
	static const uint16_t unmask_zero_divide = 0x37b;

	asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp" : : "m"(unmask_zero_divide));
}

static uint16_t status(void)
{
	uint16_t sw;

	asm volatile("fnstsw %0" : "=m"(sw));
	return sw;
}

static void wait_for_exception(void *arg)
{
	(void)arg;
	asm volatile("fwait");
}

void test_main(void)
{
	struct trap_result r;

	for (unsigned int i = 0; i < 200; i++) {
		divide_by_zero();
		sched_yield();
		TEST_CHECK(status() & SUMMARY, "round %u: status word %x", i, status());
		if (trap_catch(wait_for_exception, NULL, &r))
			TEST_CHECK(r.vector == VECTOR_MF, "round %u: trap %u", i, r.vector);
		else
			test_failure("round %u: no #MF", i);
	}
	/* And leave it to whoever is next. */
	divide_by_zero();
}
