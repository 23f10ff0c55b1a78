// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that faults without a handler is killed with a report, and
 * nothing else happens to anybody.
 * See: ABI 4.1
 */

#include "pvops-guest/lib/test.h"

void test_main(void)
{
	hypercall_set_trap_table(NULL);
	asm volatile("movl $0xabcd1234, %%esi; ud2" : : : "esi");
}
