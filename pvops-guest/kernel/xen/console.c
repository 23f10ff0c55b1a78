// SPDX-License-Identifier: MIT
/*
 * The console as a guest. The initial domain talks to the monitor by
 * hypercalls. Every other domain has a page with two rings, which somebody in
 * the initial domain reads and fills; an event channel says "look again".
 * <xen/io/console.h>.
 */
#include "kern/tty.h"
#include "xen/guest.h"
#include <xen/io/console.h> /* needs the types of the others */

/* How long a full ring may stay full before text is dropped. */
#define PATIENCE_NS 2000000000ull

static struct xencons_interface *ring; /* NULL: use console_io */
static evtchn_port_t ring_port;

void xen_console_init(void)
{
	if (xen_start_info->flags & SIF_INITDOMAIN)
		return;
	ring = pfn_to_va(xen_mfn_to_pfn(xen_start_info->console.domU.mfn));
	ring_port = xen_start_info->console.domU.evtchn;
}

/* Characters in the output ring that nobody has taken yet. */
static uint32_t ring_used(void)
{
	uint32_t used = ring->out_prod - SHARED(ring->out_cons);

	barrier();
	return used;
}

/* Let others run until the output ring holds at most `limit` characters. */
static bool wait_for_ring(uint32_t limit)
{
	uint64_t until = xen_now_ns() + PATIENCE_NS;

	while (ring_used() > limit) {
		if (xen_now_ns() > until)
			return false;
		XEN_CALL(COUNT_SCHED, hypercall_sched_op(SCHEDOP_yield, NULL));
	}
	return true;
}

static void ring_write(const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		uint32_t prod = ring->out_prod;

		while (done < len && ring_used() < sizeof(ring->out)) {
			ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = text[done++];
			/* The character must be there before the index says so. */
			barrier();
			SHARED(ring->out_prod) = prod;
		}
		xen_event_send(ring_port);
		if (done < len && !wait_for_ring(sizeof(ring->out) / 2))
			return;
	}
}

void xen_console_write(const char *text, size_t len)
{
	if (ring)
		ring_write(text, len);
	else
		XEN_CALL(COUNT_CONSOLE_IO,
			 hypercall_console_io(CONSOLEIO_write, len, (char *)(unsigned long)text));
}

void xen_console_flush(void)
{
	if (ring)
		wait_for_ring(0);
}

/* Take what has been typed, from the ring. */
static void ring_event(void)
{
	uint32_t cons = ring->in_cons, prod = SHARED(ring->in_prod);

	barrier();
	if (cons == prod)
		return;
	/* A peer that talks nonsense is not believed: at most one ring full. */
	if (prod - cons > sizeof(ring->in))
		cons = prod - sizeof(ring->in);
	while (cons != prod)
		tty_input(ring->in[MASK_XENCONS_IDX(cons++, ring->in)]);
	barrier();
	SHARED(ring->in_cons) = cons;
	xen_event_send(ring_port);
}

/* The same, from the monitor. */
static void console_io_event(void)
{
	char text[16];
	long len;

	do {
		len = XEN_CALL(COUNT_CONSOLE_IO,
			       hypercall_console_io(CONSOLEIO_read, sizeof(text), text));
		for (long i = 0; i < len; i++)
			tty_input(text[i]);
	} while (len > 0);
}

void xen_console_listen(void)
{
	if (ring) {
		xen_event_register(ring_port, ring_event);
		ring_event();
	} else {
		xen_event_register(xen_bind_virq(VIRQ_CONSOLE), console_io_event);
		console_io_event();
	}
}
