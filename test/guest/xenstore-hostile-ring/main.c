// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that sends an impossible length and impossible indices loses
 * its own connection; the server lives, and so does the neighbours' service.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

void test_main(void)
{
	struct xsd_sockmsg head = {.type = XS_WRITE, .len = 0xffffffff};
	struct xenstore_domain_interface *ring;
	uint64_t deadline_ns;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	ring = xs_ring();
	memcpy(&ring->req[MASK_XENSTORE_IDX(ring->req_prod)], &head, sizeof(head));
	ring->req_prod += sizeof(head);
	xs_notify();
	deadline_ns = system_time_ns() + 5000000000ull;
	while (READ_ONCE(ring->error) == XENSTORE_ERROR_NONE && system_time_ns() < deadline_ns)
		sched_yield();
	TEST_EQUAL("error", READ_ONCE(ring->error), XENSTORE_ERROR_PROTO);
	/* And kick a dead horse: nothing may happen. */
	for (int i = 0; i < 100; i++) {
		ring->req_prod += 0x10001;
		ring->rsp_cons -= 0x777;
		xs_notify();
		sched_yield();
	}
}
