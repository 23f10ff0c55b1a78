// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that sends events as fast as it can harms nobody: its
 * neighbours in the same boot succeed.
 * See: ABI 5.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"

void test_main(void)
{
	uint64_t end_ns = system_time_ns() + 500000000ull;
	unsigned int n = 0;

	while (system_time_ns() < end_ns) {
		for (int i = 0; i < 100; i++) {
			event_send(start_info->console.domU.evtchn);
			event_send(start_info->store_evtchn);
		}
		n += 200;
	}
	debug_printf("%u events sent\n", n);
}
