// SPDX-License-Identifier: MIT
/*
 * Claim: event channels of a domain to itself: bind, send, mask, poll, upcall,
 * status, close; and the error of every wrong use.
 * See: ABI 5.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

static unsigned int count;

static void on_event(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	count++;
}

static void check_status(evtchn_port_t port, unsigned int want)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

	TEST_EQUAL("status call", hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
	TEST_EQUAL("port state", status.status, want);
}

static void check_errors(void)
{
	struct evtchn_status status = {.dom = 0, .port = 1};

	TEST_EQUAL("send to port 0", event_send(0), -XEN_EINVAL);
	TEST_EQUAL("send to port 5000", event_send(5000), -XEN_EINVAL);
	TEST_EQUAL("close of port 0", event_close(0), -XEN_EINVAL);
	TEST_CHECK(event_bind_virq(24) == -XEN_EINVAL, "virq 24 can be bound");
	TEST_CHECK(event_bind_interdomain(0x7000, 1) == -XEN_ESRCH, "bound to no domain");
	TEST_CHECK(event_bind_interdomain(DOMID_SELF, 900) < 0, "bound to a closed port");
	TEST_CHECK(hypercall_event_channel_op(EVTCHNOP_status, &status) == -XEN_EPERM,
		   "another domain's ports can be seen");
	TEST_EQUAL("unknown operation", hypercall_event_channel_op(99, &status), -XEN_ENOSYS);
	TEST_EQUAL("bad pointer", hypercall_event_channel_op(EVTCHNOP_send, (void *)0xfc000000),
		   -XEN_EFAULT);
}

void test_main(void)
{
	int a = event_alloc_unbound(DOMID_SELF), b;
	evtchn_port_t port;

	if (a < 0) {
		test_failure("alloc_unbound: %d", a);
		return;
	}
	check_status(a, EVTCHNSTAT_unbound);
	b = event_bind_interdomain(DOMID_SELF, a);
	if (b < 0) {
		test_failure("bind_interdomain: %d", b);
		return;
	}
	check_status(a, EVTCHNSTAT_interdomain);
	/* The binder's own port is raised once. */
	TEST_CHECK(event_is_pending(b), "bind_interdomain raised nothing");
	event_clear_pending(b);

	/* Masked: pending, no upcall; poll wakes nevertheless. */
	port = b;
	TEST_EQUAL("send", event_send(a), 0);
	TEST_CHECK(event_is_pending(b), "not pending after send");
	TEST_EQUAL("poll", sched_poll(&port, 1, 0), 0);
	upcalls_enable();
	TEST_EQUAL("masked upcalls", count, 0);
	event_set_handler(b, on_event, NULL);
	TEST_EQUAL("upcalls after unmask", count, 1);
	event_send(a);
	event_send(a);
	TEST_EQUAL("upcalls", count, 3);
	upcalls_disable();
	event_send(a);
	event_send(a);
	TEST_EQUAL("upcalls while disabled", count, 3);
	event_wait();
	TEST_EQUAL("upcalls after waiting", count, 4);

	TEST_EQUAL("close", event_close(a), 0);
	check_status(a, EVTCHNSTAT_closed);
	check_status(b, EVTCHNSTAT_unbound);
	event_close(b);
	TEST_CHECK(event_bind_virq(VIRQ_TIMER) > 0, "can't bind VIRQ_TIMER");
	TEST_EQUAL("second bind of VIRQ_TIMER", event_bind_virq(VIRQ_TIMER), -XEN_EEXIST);
	check_errors();
}
