// SPDX-License-Identifier: MIT
/*
 * Claim: a domain can't be suspended; it is told so, and goes on.
 * See: ABI 5.4
 */

#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

void test_main(void)
{
	struct sched_shutdown op = {.reason = SHUTDOWN_suspend};

	TEST_EQUAL("suspend", hypercall_sched_op(SCHEDOP_shutdown, &op), -XEN_ENOSYS);
	op.reason = SHUTDOWN_MAX + 1;
	TEST_EQUAL("unknown reason", hypercall_sched_op(SCHEDOP_shutdown, &op), -XEN_EINVAL);
}
