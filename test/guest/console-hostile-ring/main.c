// SPDX-License-Identifier: MIT
/*
 * Claim: impossible indices in a console ring cost the domain its console and
 * nobody anything else.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/io/console.h>

void test_main(void)
{
	struct xencons_interface *ring;

	ring = (void *)mm_pfn_to_virt(mm_mfn_to_pfn(start_info->console.domU.mfn));
	for (uint32_t i = 0; i < 100; i++) {
		WRITE_ONCE(ring->out_prod, ring->out_cons + 0x80000000u + i);
		WRITE_ONCE(ring->in_cons, ring->in_prod + 5 + i);
		event_send(start_info->console.domU.evtchn);
		sched_yield();
	}
}
