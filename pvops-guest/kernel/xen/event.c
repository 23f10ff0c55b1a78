// SPDX-License-Identifier: MIT
/*
 * Events: what a guest has instead of interrupts.
 *
 * Interrupt flag:  vcpu_info.evtchn_upcall_mask, a byte that we write freely.
 * Interrupt lines: event channels; a bit of evtchn_pending each.
 * A monitor that finds evtchn_upcall_pending set and the mask clear, on its way
 * back to us, calls xen_event_entry.
 */
#include "kern/panic.h"
#include "kern/trap.h"
#include "xen/guest.h"

#define NR_PORTS       64 /* more than a domain with a console and a timer ever sees */
#define PORTS_PER_WORD (8 * sizeof(xen_ulong_t))

static void (*handlers[NR_PORTS])(void);

void xen_irq_init(void)
{
	xen_console_listen();
}

void xen_event_register(evtchn_port_t port, void (*handler)(void))
{
	struct evtchn_unmask unmask = {.port = port};

	if (port >= NR_PORTS)
		panic("event channel %u is too high", port);
	handlers[port] = handler;
	/* By hypercall, since it may be pending already. */
	XEN_CALL(COUNT_EVENT, hypercall_event_channel_op(EVTCHNOP_unmask, &unmask));
}

evtchn_port_t xen_bind_virq(uint32_t virq)
{
	struct evtchn_bind_virq bind = {.virq = virq, .vcpu = 0};
	long error = XEN_CALL(COUNT_EVENT, hypercall_event_channel_op(EVTCHNOP_bind_virq, &bind));

	if (error)
		panic("bind_virq %u: error %ld", virq, error);
	return bind.port;
}

void xen_event_send(evtchn_port_t port)
{
	struct evtchn_send send = {.port = port};

	XEN_CALL(COUNT_EVENT, hypercall_event_channel_op(EVTCHNOP_send, &send));
}

/* Clear the pending bit of `port`, and serve it. */
static void serve_port(evtchn_port_t port)
{
	xen_ulong_t *word = &xen_shared_info.evtchn_pending[port / PORTS_PER_WORD];

	__atomic_fetch_and(word, ~((xen_ulong_t)1 << port % PORTS_PER_WORD), __ATOMIC_SEQ_CST);
	if (port < NR_PORTS && handlers[port])
		handlers[port]();
}

/*
 * Serve everything pending: first which words, then which bits of them.
 *
 * [tour: interrupt 10] The same tree from the other side. The flag is cleared
 * before the bits are looked at: in the other order an event in between would
 * set a flag that is then cleared.
 */
static void dispatch_events(void)
{
	unsigned long words;

	SHARED(xen_vcpu.evtchn_upcall_pending) = 0;
	words = __atomic_exchange_n(&xen_vcpu.evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	while (words) {
		unsigned int word = __builtin_ctzl(words);
		unsigned long bits;

		words &= words - 1;
		bits = SHARED(xen_shared_info.evtchn_pending[word]) &
		       ~SHARED(xen_shared_info.evtchn_mask[word]);
		while (bits) {
			serve_port(word * PORTS_PER_WORD + __builtin_ctzl(bits));
			bits &= bits - 1;
		}
	}
}

void xen_irq_handle(unsigned int vector)
{
	if (vector == VECTOR_EVENT)
		dispatch_events();
}

void xen_irq_enable(void)
{
	SHARED(xen_vcpu.evtchn_upcall_mask) = 0;
	store_load_barrier();
	/* What came while masked is delivered on the way back from any hypercall. */
	if (SHARED(xen_vcpu.evtchn_upcall_pending))
		XEN_CALL(COUNT_KICK, hypercall_xen_version(XENVER_version, NULL));
}

void xen_irq_disable(void)
{
	SHARED(xen_vcpu.evtchn_upcall_mask) = 1;
	barrier();
}

bool xen_irq_save(void)
{
	bool enabled = !SHARED(xen_vcpu.evtchn_upcall_mask);

	xen_irq_disable();
	return enabled;
}

void xen_irq_restore(bool were_enabled)
{
	if (were_enabled)
		xen_irq_enable();
}

void xen_irq_idle(void)
{
	/* Unmasks and sleeps in one step, unless something is pending. */
	XEN_CALL(COUNT_SCHED, hypercall_sched_op(SCHEDOP_block, NULL));
	xen_irq_disable();
}
