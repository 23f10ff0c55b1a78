// SPDX-License-Identifier: MIT
/*
 * Claim: a device's interrupt line is an event channel of the initial domain:
 * one event until it is said to be served. The monitor's own lines are refused.
 * See: ABI 6.1
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/port.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define PATIENCE_NS 5000000000ull
#define ATA_IDENTIFY	    0xec
#define ATA_IDENTIFY_PACKET 0xa1

/* A channel with a drive: registers and line. */
static const struct channel {
	uint16_t base, control;
	uint8_t irq;
} channels[] = {{0x1f0, 0x3f6, 14}, {0x170, 0x376, 15}};

static int bind(uint32_t irq, uint32_t flags)
{
	struct evtchn_bind_pirq op = {.pirq = irq, .flags = flags};
	int ret = hypercall_event_channel_op(EVTCHNOP_bind_pirq, &op);

	return ret ? ret : (int)op.port;
}

static long served(uint32_t irq)
{
	struct physdev_eoi op = {.irq = irq};

	return hypercall_physdev_op(PHYSDEVOP_eoi, &op);
}

static bool comes(evtchn_port_t port, uint64_t patience_ns)
{
	sched_poll(&port, 1, system_time_ns() + patience_ns);
	return event_is_pending(port);
}

static const struct channel *find_drive(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(channels); i++) {
		const struct channel *c = &channels[i];

		port_write8(c->base + 6, 0xa0);
		port_write8(c->base + 2, 0x55);
		port_write8(c->base + 3, 0xaa);
		if (port_read8(c->base + 2) == 0x55 && port_read8(c->base + 3) == 0xaa)
			return c;
	}
	return NULL;
}

static void check_refusals(void)
{
	static const uint32_t own[] = {0, 1, 2, 4};

	for (unsigned int i = 0; i < ARRAY_SIZE(own); i++)
		TEST_EQUAL("a line of the monitor's", bind(own[i], 0), -XEN_EPERM);
	TEST_EQUAL("no line", bind(16, 0), -XEN_EINVAL);
	TEST_EQUAL("no line at all", bind(~0u, 0), -XEN_EINVAL);
	TEST_EQUAL("unknown flags", bind(14, 2), -XEN_EINVAL);
	TEST_EQUAL("not bound", served(14), -XEN_EINVAL);
	TEST_EQUAL("no line", served(1u << 31), -XEN_EINVAL);
}

static void check_mapping(void)
{
	struct physdev_map_pirq map = {.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 14,
				       .pirq = -1};
	struct physdev_irq_status_query query = {.irq = 14};

	TEST_EQUAL("map_pirq", hypercall_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
	TEST_EQUAL("its pirq", map.pirq, 14);
	map.index = 16;
	TEST_EQUAL("no such line", hypercall_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_EINVAL);
	map.type = MAP_PIRQ_TYPE_MSI;
	TEST_EQUAL("MSI", hypercall_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_EINVAL);
	TEST_EQUAL("query", hypercall_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
	TEST_CHECK(query.flags & XENIRQSTAT_needs_eoi, "flags %x", query.flags);
}

/* The command raises the line; reading the status takes it back. */
static void command(const struct channel *c)
{
	port_write8(c->base + 7, port_read8(c->base + 5) == 0xeb ? ATA_IDENTIFY_PACKET
								 : ATA_IDENTIFY);
}

/* The status, which takes the interrupt back, and the data: else no command is heard. */
static void answer(const struct channel *c)
{
	uint16_t words[256];

	(void)port_read8(c->base + 7);
	port_read16s(c->base, words, ARRAY_SIZE(words));
}

static void check_events(const struct channel *c)
{
	struct evtchn_status status = {.dom = DOMID_SELF};
	int port = bind(c->irq, 0);

	TEST_CHECK(port > 0, "line %u can't be bound: %d", c->irq, port);
	TEST_EQUAL("bound twice", bind(c->irq, 0), -XEN_EEXIST);
	status.port = (evtchn_port_t)port;
	TEST_EQUAL("status", hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
	TEST_EQUAL("status", status.status, EVTCHNSTAT_pirq);
	TEST_EQUAL("its line", status.u.pirq, c->irq);
	port_write8(c->control, 0); /* interrupts on */
	command(c);
	TEST_CHECK(comes(port, PATIENCE_NS), "no event");
	event_clear_pending(port);
	answer(c);
	/* Not yet served: the line is masked, the second one waits. */
	command(c);
	TEST_CHECK(!comes(port, 100000000), "an event before the first was served");
	TEST_EQUAL("served", served(c->irq), 0);
	TEST_CHECK(comes(port, PATIENCE_NS), "the second event is lost");
	event_clear_pending(port);
	answer(c);
	TEST_EQUAL("served", served(c->irq), 0);
	TEST_EQUAL("close", event_close(port), 0);
	TEST_EQUAL("closed", served(c->irq), -XEN_EINVAL);
	command(c);
	TEST_CHECK(!comes(port, 100000000), "an event of a closed port");
	answer(c);
	port = bind(c->irq, BIND_PIRQ__WILL_SHARE);
	TEST_CHECK(port > 0, "the line can't be bound again: %d", port);
}

void test_main(void)
{
	const struct channel *c;

	check_refusals();
	check_mapping();
	TEST_EQUAL("IOPL", port_set_iopl(1), 0);
	c = find_drive();
	if (c)
		check_events(c);
	else
		test_skip("the machine has no drive");
}
