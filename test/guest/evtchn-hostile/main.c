// SPDX-License-Identifier: MIT
/*
 * Claim: every event channel operation refuses what it can't do, with the
 * ABI's error, and changes nothing: ports, domains, vcpus and pointers of
 * every kind. FIFO channels aren't there at all. 1023 ports can be open.
 * See: ABI 2.3, 2.4, 5.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define NR_OPS 16
#define MONITOR 0xfc000000u

static const unsigned int ops[] = {
	EVTCHNOP_bind_interdomain, EVTCHNOP_bind_virq, EVTCHNOP_close, EVTCHNOP_send,
	EVTCHNOP_status, EVTCHNOP_alloc_unbound, EVTCHNOP_bind_ipi, EVTCHNOP_bind_vcpu,
	EVTCHNOP_unmask, EVTCHNOP_reset,
};
static const evtchn_port_t bad_ports[] = {
	0,  EVTCHN_2L_NR_CHANNELS - 1, EVTCHN_2L_NR_CHANNELS, 8191, 8192, 0x7fffffff, 0x80000000u,
	~0u};

static long op(unsigned int cmd, void *arg)
{
	return hypercall_event_channel_op(cmd, arg);
}

static void check_pointers(void)
{
	char *page = mm_page_alloc();

	TEST_EQUAL("unmap", mm_unmap((unsigned long)page), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		TEST_EQUAL("null pointer", op(ops[i], NULL), -XEN_EFAULT);
		TEST_EQUAL("monitor's memory", op(ops[i], (void *)MONITOR), -XEN_EFAULT);
		TEST_EQUAL("end of memory", op(ops[i], (void *)-2ul), -XEN_EFAULT);
		TEST_EQUAL("across the border", op(ops[i], (void *)(HYPERVISOR_VIRT_START - 1)),
			   -XEN_EFAULT);
		TEST_EQUAL("into a missing page", op(ops[i], page - 1), -XEN_EFAULT);
	}
}

/* A result that can't be written: the port stays, as it would be with Xen. */
static void check_readonly_argument(void)
{
	struct evtchn_alloc_unbound *arg = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)arg);

	arg->dom = DOMID_SELF;
	TEST_EQUAL("make it read-only", mm_map((unsigned long)arg, mfn, 0), 0);
	TEST_EQUAL("read-only argument", op(EVTCHNOP_alloc_unbound, arg), -XEN_EFAULT);
	TEST_EQUAL("make it writable", mm_map((unsigned long)arg, mfn, PTE_RW | PTE_D), 0);
}

static void check_ports(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_ports); i++) {
		evtchn_port_t port = bad_ports[i];
		struct evtchn_status status = {.dom = DOMID_SELF, .port = port};
		struct evtchn_bind_vcpu move = {.port = port};
		struct evtchn_unmask unmask = {.port = port};
		bool possible = port && port < EVTCHN_2L_NR_CHANNELS;

		TEST_EQUAL("send to a bad port", event_send(port), -XEN_EINVAL);
		TEST_EQUAL("close of a bad port", event_close(port), -XEN_EINVAL);
		TEST_EQUAL("bind_vcpu of a bad port", op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
		TEST_EQUAL("unmask of a bad port", op(EVTCHNOP_unmask, &unmask),
			   possible ? 0 : -XEN_EINVAL);
		TEST_EQUAL("bind to a bad port", event_bind_interdomain(DOMID_SELF, port),
			   -XEN_EINVAL);
		TEST_EQUAL("status of a bad port", op(EVTCHNOP_status, &status),
			   port < EVTCHN_2L_NR_CHANNELS ? 0 : -XEN_EINVAL);
		if (port < EVTCHN_2L_NR_CHANNELS)
			TEST_EQUAL("its state", status.status, EVTCHNSTAT_closed);
	}
}

static void check_domains(void)
{
	static const domid_t others[] = {0, 200, 0x7fef, DOMID_IO, DOMID_XEN,
					 DOMID_COW, DOMID_INVALID, 0xffff};

	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		struct evtchn_alloc_unbound alloc = {.dom = others[i], .remote_dom = DOMID_SELF};
		struct evtchn_status status = {.dom = others[i], .port = 1};
		struct evtchn_reset reset = {.dom = others[i]};
		long bound = event_bind_interdomain(others[i], 1);

		TEST_EQUAL("a port in another domain", op(EVTCHNOP_alloc_unbound, &alloc),
			   -XEN_EPERM);
		TEST_EQUAL("another's status", op(EVTCHNOP_status, &status), -XEN_EPERM);
		TEST_EQUAL("reset of another", op(EVTCHNOP_reset, &reset), -XEN_EPERM);
		TEST_CHECK(bound == -XEN_ESRCH || (others[i] == 0 && bound == -XEN_EINVAL),
			   "bind to domain %u: %ld", others[i], bound);
	}
}

static void check_vcpus(void)
{
	int port = event_alloc_unbound(0);

	for (unsigned int vcpu = 1; vcpu; vcpu *= 2) {
		struct evtchn_bind_virq virq = {.virq = VIRQ_DEBUG, .vcpu = vcpu};
		struct evtchn_bind_ipi ipi = {.vcpu = vcpu};
		struct evtchn_bind_vcpu move = {.port = port, .vcpu = vcpu};

		TEST_EQUAL("virq at an absent vcpu", op(EVTCHNOP_bind_virq, &virq), -XEN_ENOENT);
		virq.virq = VIRQ_CONSOLE;
		TEST_EQUAL("global virq at vcpu > 0", op(EVTCHNOP_bind_virq, &virq), -XEN_EINVAL);
		TEST_EQUAL("ipi at an absent vcpu", op(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT);
		TEST_EQUAL("move to an absent vcpu", op(EVTCHNOP_bind_vcpu, &move), -XEN_ENOENT);
	}
	event_close(port);
}

static void check_virqs(void)
{
	struct evtchn_bind_ipi ipi = {.vcpu = 0};
	struct evtchn_bind_vcpu move = {.vcpu = 0};

	for (unsigned int virq = 0; virq < 40; virq++) {
		int port = event_bind_virq(virq);

		if (virq >= 24) {
			TEST_EQUAL("virq from 24 on", port, -XEN_EINVAL);
			continue;
		}
		TEST_CHECK(port > 0, "virq %u: %d", virq, port);
		TEST_EQUAL("second bind", event_bind_virq(virq), -XEN_EEXIST);
		TEST_EQUAL("send to a virq", event_send(port), -XEN_EINVAL);
		move.port = port;
		/* Timer, debug, xenoprof, xenpmu belong to their vcpu. */
		TEST_EQUAL("bind_vcpu of a virq", op(EVTCHNOP_bind_vcpu, &move),
			   virq == 0 || virq == 1 || virq == 7 || virq == 13 ? -XEN_EINVAL : 0);
		TEST_EQUAL("close", event_close(port), 0);
	}
	TEST_EQUAL("virq 2^32 - 1", event_bind_virq(~0u), -XEN_EINVAL);
	TEST_EQUAL("bind_ipi", op(EVTCHNOP_bind_ipi, &ipi), 0);
	move.port = ipi.port;
	TEST_EQUAL("bind_vcpu of an ipi", op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
	TEST_EQUAL("send to an ipi", event_send(ipi.port), 0);
	TEST_CHECK(event_is_pending(ipi.port), "the ipi isn't pending");
	TEST_EQUAL("close", event_close(ipi.port), 0);
	TEST_CHECK(!event_is_pending(ipi.port), "a closed port is pending");
}

/* Linux takes the first error for "2-level", and asks no more. */
static void check_absent(void *page)
{
	static const unsigned int absent[] = {
		EVTCHNOP_init_control, EVTCHNOP_expand_array, EVTCHNOP_set_priority, 14, 15, 99,
		0x7fffffff, 0x80000000u, ~0u,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++) {
		TEST_EQUAL("what isn't there", op(absent[i], page), -XEN_ENOSYS);
		TEST_EQUAL("what isn't there, and no pointer", op(absent[i], (void *)MONITOR),
			   -XEN_ENOSYS);
	}
}

static void check_exhaustion(void)
{
	struct evtchn_reset reset = {.dom = DOMID_SELF};
	int port, last = 0;

	while ((port = event_alloc_unbound(DOMID_SELF)) > 0)
		last = port;
	TEST_EQUAL("one port too many", port, -XEN_ENOSPC);
	TEST_EQUAL("the last port", last, EVTCHN_2L_NR_CHANNELS - 1);
	TEST_EQUAL("send to the last port", event_send(last), 0);
	TEST_EQUAL("a virq when all is full", event_bind_virq(VIRQ_DEBUG), -XEN_ENOSPC);
	TEST_EQUAL("close one", event_close(700), 0);
	TEST_EQUAL("it is found again", event_alloc_unbound(0), 700);
	/* The console's and the store's ports go too: nobody is at their other end then. */
	TEST_EQUAL("reset", op(EVTCHNOP_reset, &reset), 0);
	TEST_EQUAL("send after reset", event_send(last), -XEN_EINVAL);
	TEST_EQUAL("the first port again", event_alloc_unbound(DOMID_SELF), 1);
}

void test_main(void)
{
	void *page = mm_page_alloc();

	check_pointers();
	check_readonly_argument();
	check_ports();
	check_domains();
	check_vcpus();
	check_virqs();
	check_absent(page);
	check_exhaustion();
}
