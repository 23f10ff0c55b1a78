// SPDX-License-Identifier: MIT
/*
 * Claim: a domain whose page-fault handler isn't mapped faults until its stack
 * ends, and is then killed with a report.
 * See: ABI 4.1
 */

#include "pvops-guest/lib/test.h"

void test_main(void)
{
	struct trap_info table[2] = {{.vector = 14, .cs = FLAT_KERNEL_CS, .address = 0x40000000}};

	hypercall_set_trap_table(table);
	*(volatile int *)0x50000000 = 1;
}
