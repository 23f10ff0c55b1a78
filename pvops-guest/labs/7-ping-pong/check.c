// SPDX-License-Identifier: MIT
/*
 * Lab 7, the check: did the events pass, and did the domains sleep meanwhile? The
 * monitor keeps accounts of what a domain did with its time.
 */
#include "pvops-guest/labs/7-ping-pong/lab.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"

#define ROUNDS 20
/* Of its own time a domain may use this much for one round; a tenth of it is enough. */
#define ROUND_NS 200000

static volatile unsigned int received;

unsigned int lab_received(void)
{
	return received;
}

static void on_event(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	received++;
}

/* A channel of its own: the pair keeps step over another. */
static evtchn_port_t connect(struct pair *p)
{
	int port;

	if (p->first) {
		port = event_alloc_unbound(p->peer);
		p->page[PAIR_WORDS] = port;
		pair_meet(p, 1);
	} else {
		pair_meet(p, 1);
		port = event_bind_interdomain(p->peer, p->page[PAIR_WORDS]);
	}
	if (port < 0)
		test_error("no channel: %d", port);
	/* The second's binding made it pending once, which is no ball. */
	pair_meet(p, 2);
	event_clear_pending(port);
	event_set_handler(port, on_event, NULL);
	pair_meet(p, 3);
	received = 0;
	return port;
}

static struct vcpu_runstate_info accounts(void)
{
	struct vcpu_runstate_info r = {.state = -1};

	TEST_EQUAL("get_runstate_info", hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, &r), 0);
	return r;
}

void test_main(void)
{
	struct vcpu_runstate_info before, after;
	uint64_t from_ns, slept_ns;
	unsigned int round_ns, ran_ns;
	struct pair p;
	evtchn_port_t port;

	pair_connect(&p);
	port = connect(&p);
	before = accounts();
	from_ns = system_time_ns();
	play(p.first, port, ROUNDS);
	round_ns = (uint32_t)(system_time_ns() - from_ns) / ROUNDS;
	after = accounts();
	ran_ns = (uint32_t)(after.time[RUNSTATE_running] - before.time[RUNSTATE_running]) / ROUNDS;
	slept_ns = after.time[RUNSTATE_blocked] - before.time[RUNSTATE_blocked];

	debug_printf("lab: a round takes %u ns, of which this domain ran %u\n", round_ns, ran_ns);
	pair_meet(&p, 4);
	event_dispatch();
	TEST_EQUAL("events from the other domain", received, ROUNDS);
	TEST_CHECK(slept_ns, "it plays, and never sleeps");
	TEST_CHECK(ran_ns < ROUND_NS, "it plays, and runs for %u ns in each round", ran_ns);
}
