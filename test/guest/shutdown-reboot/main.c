// SPDX-License-Identifier: MIT
/*
 * Claim: the reason a domain gives for its end reaches the initial domain.
 */

#include "pvops-guest/lib/test.h"

void test_main(void)
{
	guest_shutdown(SHUTDOWN_reboot);
}
