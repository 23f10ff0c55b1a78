// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that never gives the CPU away, with upcalls masked, is
 * preempted: its neighbours in the same boot succeed, and it goes on too.
 * See: ABI 5.4
 */

#include "pvops-guest/lib/test.h"

void test_main(void)
{
	uint64_t end_ns = system_time_ns() + 1000000000ull, rounds = 0;

	while (system_time_ns() < end_ns)
		rounds++;
	debug_printf("%llu rounds\n", (unsigned long long)rounds);
}
