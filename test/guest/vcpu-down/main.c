// SPDX-License-Identifier: MIT
/*
 * Claim: a domain whose only vcpu goes down has ended, and its owner is told.
 * See: ABI 2.3, 5.5
 */

#include "pvops-guest/lib/test.h"

void test_main(void)
{
	long ret;

	debug_printf("TEST %s: SUCCESS\n", test_name);
	ret = hypercall_vcpu_op(VCPUOP_down, 0, NULL);
	test_failure("it goes on; VCPUOP_down returned %ld", ret);
}
