// SPDX-License-Identifier: MIT
/*
 * Claim: when the initial domain enters ACPI's S5, the machine goes off.
 * See: ABI 6.1
 */

#include "pvops-guest/lib/test.h"
#include <xen/platform.h>

void test_main(void)
{
	struct xen_platform_op op = {.cmd = XENPF_enter_acpi_sleep,
				     .interface_version = XENPF_INTERFACE_VERSION};

	op.u.enter_acpi_sleep.sleep_state = 5;
	test_failure("still here: %ld", hypercall1(__HYPERVISOR_platform_op, (unsigned long)&op));
}
