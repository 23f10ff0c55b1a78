// SPDX-License-Identifier: MIT
/*
 * Claim: two domains that agree are connected by an event channel, and both
 * see it as it is; nobody takes a channel that was meant for another, and when
 * one side closes, the other is unbound again and harmless.
 * See: ABI 5.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define ROUNDS 300

static unsigned int count;

static void on_event(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	count++;
}

static struct evtchn_status status_of(evtchn_port_t port)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

	TEST_EQUAL("status call", hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
	return status;
}

static void check_bound(evtchn_port_t port, domid_t peer, evtchn_port_t peers)
{
	struct evtchn_status status = status_of(port);

	TEST_EQUAL("state of a bound port", status.status, EVTCHNSTAT_interdomain);
	TEST_EQUAL("its domain", status.u.interdomain.dom, peer);
	TEST_EQUAL("its port there", status.u.interdomain.port, peers);
}

static void check_unbound(evtchn_port_t port, domid_t peer)
{
	struct evtchn_status status = status_of(port);

	TEST_EQUAL("state of a port whose peer closed", status.status, EVTCHNSTAT_unbound);
	TEST_EQUAL("whom it waits for", status.u.unbound.dom, peer);
	TEST_EQUAL("sending into the void", event_send(port), 0);
}

/* A ball goes to and fro: every send of the other is one upcall here. */
static void ping_pong(struct pair *p, evtchn_port_t port)
{
	uint64_t end_ns = system_time_ns() + 20000000000ull;
	unsigned int i;

	count = 0;
	event_clear_pending(port);
	event_set_handler(port, on_event, NULL);
	pair_meet(p, 10);
	for (i = 0; i < ROUNDS && system_time_ns() < end_ns; i++) {
		if (p->first)
			event_send(port);
		while (count <= i && system_time_ns() < end_ns) {
			sched_poll(&port, 1, system_time_ns() + 50000000);
			event_dispatch();
		}
		if (!p->first)
			event_send(port);
	}
	pair_meet(p, 11);
	event_dispatch();
	TEST_EQUAL("rounds", i, ROUNDS);
	TEST_EQUAL("events of the other side", count, ROUNDS);
	event_set_handler(port, NULL, NULL);
}

static void first_side(struct pair *p)
{
	int port = event_alloc_unbound(p->peer), for_d0 = event_alloc_unbound(0);
	int own = event_alloc_unbound(DOMID_SELF);

	p->page[PAIR_WORDS + 1] = port;
	p->page[PAIR_WORDS + 2] = for_d0;
	p->page[PAIR_WORDS + 3] = own;
	pair_meet(p, 2);
	pair_meet(p, 3);
	check_bound(port, p->peer, p->page[PAIR_WORDS + 4]);
	TEST_CHECK(!event_is_pending(port), "binding raised the other side's port");
	ping_pong(p, port);
	/* The second closes its end and binds again; then this side closes. */
	pair_meet(p, 12);
	pair_meet(p, 13);
	check_unbound(port, p->peer);
	pair_meet(p, 14);
	pair_meet(p, 15);
	check_bound(port, p->peer, p->page[PAIR_WORDS + 4]);
	TEST_EQUAL("close", event_close(port), 0);
	TEST_EQUAL("send after close", event_send(port), -XEN_EINVAL);
	pair_meet(p, 16);
	pair_meet(p, 17);
}

static void check_thefts(struct pair *p)
{
	domid_t peer = p->peer;

	TEST_EQUAL("port for d0", event_bind_interdomain(peer, p->page[PAIR_WORDS + 2]),
		   -XEN_EINVAL);
	TEST_EQUAL("the peer's own port", event_bind_interdomain(peer, p->page[PAIR_WORDS + 3]),
		   -XEN_EINVAL);
	TEST_EQUAL("the peer's console", event_bind_interdomain(peer, 2), -XEN_EINVAL);
	TEST_EQUAL("port 0", event_bind_interdomain(peer, 0), -XEN_EINVAL);
	TEST_EQUAL("port 1023", event_bind_interdomain(peer, 1023), -XEN_EINVAL);
	TEST_EQUAL("port 1024", event_bind_interdomain(peer, 1024), -XEN_EINVAL);
	TEST_EQUAL("port 2^32 - 1", event_bind_interdomain(peer, ~0u), -XEN_EINVAL);
	TEST_EQUAL("a bound port", event_bind_interdomain(peer, 3), -XEN_EINVAL);
}

static void second_side(struct pair *p)
{
	evtchn_port_t peers;
	int port;

	pair_meet(p, 2);
	peers = p->page[PAIR_WORDS + 1];
	check_thefts(p);
	port = event_bind_interdomain(p->peer, peers);
	TEST_CHECK(port > 0, "bind: %d", port);
	TEST_CHECK(event_is_pending(port), "binding didn't raise the own port");
	TEST_EQUAL("second bind", event_bind_interdomain(p->peer, peers), -XEN_EINVAL);
	check_bound(port, p->peer, peers);
	p->page[PAIR_WORDS + 4] = port;
	pair_meet(p, 3);
	ping_pong(p, port);
	pair_meet(p, 12);
	TEST_EQUAL("close", event_close(port), 0);
	TEST_EQUAL("second close", event_close(port), -XEN_EINVAL);
	pair_meet(p, 13);
	pair_meet(p, 14);
	port = event_bind_interdomain(p->peer, peers);
	TEST_CHECK(port > 0, "bind again: %d", port);
	p->page[PAIR_WORDS + 4] = port;
	pair_meet(p, 15);
	pair_meet(p, 16);
	check_unbound(port, p->peer);
	TEST_EQUAL("bind to a closed port", event_bind_interdomain(p->peer, peers), -XEN_EINVAL);
	pair_meet(p, 17);
}

void test_main(void)
{
	struct pair p;

	pair_connect(&p);
	if (p.first)
		first_side(&p);
	else
		second_side(&p);
}
