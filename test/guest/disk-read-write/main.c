// SPDX-License-Identifier: MIT
/*
 * Claim: a domain reads from its disks what the images hold, in every shape of
 * request, and reads back what it wrote, there and nowhere else; a read-only
 * disk refuses to be written.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/blk_test.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

void test_main(void)
{
	if (xs_open())
		test_error("no store ring");
	else
		blk_test_disks(grant_table_setup());
}
