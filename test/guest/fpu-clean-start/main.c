// SPDX-License-Identifier: MIT
/*
 * Claim: a domain starts with a clean FPU: default control word, no exceptions,
 * nothing of another domain's in its registers.
 * See: ABI 4.8
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"

void test_main(void)
{
	uint32_t image[27]; /* FNSAVE's 108 bytes */

	asm volatile("fnsave %0" : "=m"(image));
	TEST_EQUAL("control word", image[0] & 0xffff, 0x37f);
	TEST_EQUAL("status word", image[1] & 0xffff, 0);
	TEST_EQUAL("tag word", image[2] & 0xffff, 0xffff);
	for (unsigned int i = 7; i < ARRAY_SIZE(image); i++)
		TEST_CHECK(!image[i], "register image word %u is %x", i, image[i]);
	/* And now be the neighbour that would disturb others. */
	for (unsigned int i = 0; i < 300; i++) {
		asm volatile("fninit; fldpi; fldpi; fldpi; fldpi; fldpi; fldpi; fldpi; fldpi");
		sched_yield();
	}
}
