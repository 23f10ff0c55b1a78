// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that causes replies and events without reading them waits
 * alone, and finds them complete when it reads at last.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/xs_test.h"

#define WATCHES	 20
#define REQUESTS 30
#define WAIT_NS	 300000000ull

/* A request into the ring, as far as there is room. False: there is none. */
static bool push(uint32_t type, const char *body, uint32_t len)
{
	struct xenstore_domain_interface *ring = xs_ring();
	struct xsd_sockmsg head = {.type = type, .len = len};
	uint32_t prod = ring->req_prod;

	if (XENSTORE_RING_SIZE - (prod - READ_ONCE(ring->req_cons)) < sizeof(head) + len)
		return false;
	for (uint32_t i = 0; i < sizeof(head) + len; i++, prod++)
		ring->req[MASK_XENSTORE_IDX(prod)] = i < sizeof(head) ? ((char *)&head)[i]
								      : body[i - sizeof(head)];
	barrier();
	WRITE_ONCE(ring->req_prod, prod);
	xs_notify();
	return true;
}

static void wait(void)
{
	uint64_t end_ns = system_time_ns() + WAIT_NS;

	while (system_time_ns() < end_ns)
		sched_yield();
}

void test_main(void)
{
	struct xenstore_domain_interface *ring;
	char body[40];
	int pushed = 0;
	uint32_t full;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	ring = xs_ring();
	for (int i = 0; i < WATCHES; i++) {
		uint32_t len = guest_snprintf(body, sizeof(body), "data%ctoken%02d", 0, i) + 1;
		struct xs_event e;

		xs_expect(XS_WATCH, body, len, XS_WATCH, "OK");
		TEST_CHECK(xs_next_event(&e, WAIT_NS), "no first event");
	}
	/* Each write is a reply and 20 events: far more than the ring holds. */
	for (; pushed < REQUESTS; pushed++) {
		uint32_t len = guest_snprintf(body, sizeof(body), "data/key%02d", pushed) + 1;

		body[len] = 'v';
		if (!push(XS_WRITE, body, len + 1))
			break;
	}
	wait();
	full = ring->rsp_prod - ring->rsp_cons;
	TEST_CHECK(full <= XENSTORE_RING_SIZE, "%u bytes in the ring", full);
	TEST_CHECK(full > XENSTORE_RING_SIZE - 64, "only %u bytes in the ring", full);
	TEST_CHECK(READ_ONCE(ring->req_cons) != ring->req_prod, "all was taken");
	for (int i = 0; i < 50; i++)
		xs_notify();
	wait();
	TEST_EQUAL("bytes that wait", ring->rsp_prod - ring->rsp_cons, full);
	/* Replies to what was pushed come first, each complete, then this one's. */
	for (int i = 0; i < pushed; i++) {
		int type = xs_receive_reply(xs_reply, &xs_reply_len);

		TEST_EQUAL("type", type, XS_WRITE);
	}
	xs_expect(XS_READ, XS_BODY("data/key00"), XS_READ, "v");
	TEST_EQUAL("error", ring->error, XENSTORE_ERROR_NONE);
}
