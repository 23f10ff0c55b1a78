// SPDX-License-Identifier: MIT
/*
 * Claim: what a domain writes to its console ring appears whole, in order and
 * with its prefix, also across the ring's end, and what it can't say is
 * swallowed: escape sequences, and lines that look like the monitor's.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/io/console.h>

static struct xencons_interface *ring;

static void put(const char *text)
{
	uint64_t deadline_ns = system_time_ns() + 5000000000ull;

	for (; *text; text++) {
		while (ring->out_prod - READ_ONCE(ring->out_cons) == sizeof(ring->out)) {
			if (system_time_ns() > deadline_ns) {
				test_failure("nobody empties the ring");
				return;
			}
			event_send(start_info->console.domU.evtchn);
			sched_yield();
		}
		ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = *text;
		barrier();
		WRITE_ONCE(ring->out_prod, ring->out_prod + 1);
	}
	event_send(start_info->console.domU.evtchn);
}

void test_main(void)
{
	char line[64];

	ring = (void *)mm_pfn_to_virt(mm_mfn_to_pfn(start_info->console.domU.mfn));
	put("ring: first\n(ringlet) ring: not the monitor\n");
	put("ring: \033[31mred\033[0m\033[2J and \a plain\r\n");
	for (int i = 0; i < 100; i++) {
		guest_snprintf(line, sizeof(line), "ring: line %d of a hundred to wrap it\n", i);
		put(line);
	}
	put("ring: unfinished");
}
