// SPDX-License-Identifier: MIT
/*
 * Claim: a stock-ABI guest starts in its ring (1; in 64 bits 3), prints and shuts down.
 * See: ABI 1.1, 1.5
 */

#include "pvops-guest/lib/test.h"
#include "width.h"

void test_main(void)
{
	uint16_t cs;

	asm("mov %%cs, %0" : "=rm"(cs));
	TEST_EQUAL("ring", cs & 3, KERNEL_RING);
	debug_printf("hello, world\n");
}
