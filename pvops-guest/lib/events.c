// SPDX-License-Identifier: MIT
/*
 * Two-level event channels: scan, handlers, and the hypercalls around them.
 * Called by programs; event_upcall() by the trap dispatcher.
 * ABI: <xen/event_channel.h>, evtchn_* of struct shared_info.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/traps.h"

#define NR_PORTS       EVTCHN_2L_NR_CHANNELS
#define PORTS_PER_WORD (8 * (unsigned int)sizeof(xen_ulong_t))

static struct {
	event_handler_t fn;
	void *data;
} port_handlers[NR_PORTS];

extern const char event_entry[], failsafe_entry[];

static void set_bit(volatile xen_ulong_t *words, unsigned int bit)
{
	asm volatile("lock; bts %1, %0"
		     : "+m"(words[bit / PORTS_PER_WORD])
		     : "r"((xen_ulong_t)(bit % PORTS_PER_WORD))
		     : "memory", "cc");
}

static void clear_bit(volatile xen_ulong_t *words, unsigned int bit)
{
	asm volatile("lock; btr %1, %0"
		     : "+m"(words[bit / PORTS_PER_WORD])
		     : "r"((xen_ulong_t)(bit % PORTS_PER_WORD))
		     : "memory", "cc");
}

static xen_ulong_t exchange(volatile xen_ulong_t *word, xen_ulong_t value)
{
	asm volatile("xchg %0, %1" : "+r"(value), "+m"(*word) : : "memory");
	return value;
}

static void run_word(unsigned int word)
{
	volatile xen_ulong_t *pending = &shared_info->evtchn_pending[word];
	xen_ulong_t bits;

	while ((bits = *pending & ~READ_ONCE(shared_info->evtchn_mask[word]))) {
		unsigned int port = word * PORTS_PER_WORD + __builtin_ctzl(bits);

		clear_bit(shared_info->evtchn_pending, port);
		if (port_handlers[port].fn)
			port_handlers[port].fn(port, port_handlers[port].data);
		else
			event_mask(port);
	}
}

void event_dispatch(void)
{
	xen_ulong_t words;

	while (READ_ONCE(vcpu_info->evtchn_upcall_pending)) {
		WRITE_ONCE(vcpu_info->evtchn_upcall_pending, 0);
		/* The exchange also keeps the flag's store before the scan. */
		words = exchange(&vcpu_info->evtchn_pending_sel, 0);
		for (; words; words &= words - 1)
			run_word(__builtin_ctzl(words));
	}
}

static bool event_upcall(struct guest_trap_frame *frame)
{
	(void)frame;
	event_dispatch();
	return true;
}

static int register_callback(unsigned int type, const char *entry)
{
	struct callback_register reg = {
		.type = type,
		.flags = CALLBACKF_mask_events,
		.address = pv_callback(entry),
	};

	return hypercall_callback_op(CALLBACKOP_register, &reg);
}

void events_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(shared_info->evtchn_mask); i++)
		WRITE_ONCE(shared_info->evtchn_mask[i], ~0ul);
	trap_set_handler(VECTOR_EVENT, event_upcall);
	if (register_callback(CALLBACKTYPE_event, event_entry) ||
	    register_callback(CALLBACKTYPE_failsafe, failsafe_entry))
		debug_printf("can't register callbacks\n");
}

void event_set_handler(evtchn_port_t port, event_handler_t handler, void *data)
{
	if (port >= NR_PORTS)
		return;
	port_handlers[port].data = data;
	port_handlers[port].fn = handler;
	if (handler)
		event_unmask(port);
	else
		event_mask(port);
}

void event_mask(evtchn_port_t port)
{
	if (port < NR_PORTS)
		set_bit(shared_info->evtchn_mask, port);
}

void event_unmask(evtchn_port_t port)
{
	struct evtchn_unmask unmask = {.port = port};

	hypercall_event_channel_op(EVTCHNOP_unmask, &unmask);
}

bool event_is_pending(evtchn_port_t port)
{
	return port < NR_PORTS && READ_ONCE(shared_info->evtchn_pending[port / PORTS_PER_WORD]) >>
						  (port % PORTS_PER_WORD) &
					  1;
}

void event_clear_pending(evtchn_port_t port)
{
	if (port < NR_PORTS)
		clear_bit(shared_info->evtchn_pending, port);
}

void upcalls_enable(void)
{
	WRITE_ONCE(vcpu_info->evtchn_upcall_mask, 0);
	full_barrier();
	/* The call itself is what delivers something already pending. */
	if (READ_ONCE(vcpu_info->evtchn_upcall_pending))
		hypercall_xen_version(XENVER_version, NULL);
}

void upcalls_disable(void)
{
	WRITE_ONCE(vcpu_info->evtchn_upcall_mask, 1);
	barrier();
}

void event_wait(void)
{
	/* Unmasks and sleeps in one step; the upcall runs before it returns. */
	hypercall_sched_op(SCHEDOP_block, NULL);
	upcalls_disable();
}

void sched_yield(void)
{
	hypercall_sched_op(SCHEDOP_yield, NULL);
}

int sched_poll(evtchn_port_t *ports, unsigned int nr, uint64_t timeout_ns)
{
	struct sched_poll poll = {.nr_ports = nr, .timeout = timeout_ns};

	set_xen_guest_handle(poll.ports, ports);
	return hypercall_sched_op(SCHEDOP_poll, &poll);
}

int timer_set(uint64_t deadline_ns)
{
	struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = deadline_ns};

	return hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
}

int event_alloc_unbound(domid_t remote_dom)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = remote_dom};
	int ret = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	return ret ? ret : (int)alloc.port;
}

int event_bind_interdomain(domid_t remote_dom, evtchn_port_t remote_port)
{
	struct evtchn_bind_interdomain bind = {.remote_dom = remote_dom,
					       .remote_port = remote_port};
	int ret = hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bind);

	return ret ? ret : (int)bind.local_port;
}

int event_bind_virq(unsigned int virq)
{
	struct evtchn_bind_virq bind = {.virq = virq};
	int ret = hypercall_event_channel_op(EVTCHNOP_bind_virq, &bind);

	return ret ? ret : (int)bind.port;
}

int event_bind_pirq(unsigned int irq)
{
	struct evtchn_bind_pirq bind = {.pirq = irq};
	int ret = hypercall_event_channel_op(EVTCHNOP_bind_pirq, &bind);

	return ret ? ret : (int)bind.port;
}

void event_served(unsigned int irq)
{
	struct physdev_eoi eoi = {.irq = irq};

	hypercall_physdev_op(PHYSDEVOP_eoi, &eoi);
}

bool event_is_offered(domid_t dom, evtchn_port_t port)
{
	struct evtchn_status status = {.dom = dom, .port = port};

	/* Only domain 0 may ask, so it is who must be waited for. */
	return !hypercall_event_channel_op(EVTCHNOP_status, &status) &&
	       status.status == EVTCHNSTAT_unbound && status.u.unbound.dom == 0;
}

int event_send(evtchn_port_t port)
{
	struct evtchn_send send = {.port = port};

	return hypercall_event_channel_op(EVTCHNOP_send, &send);
}

int event_close(evtchn_port_t port)
{
	struct evtchn_close close = {.port = port};

	if (port < NR_PORTS) {
		event_mask(port);
		port_handlers[port].fn = NULL;
	}
	return hypercall_event_channel_op(EVTCHNOP_close, &close);
}
