// SPDX-License-Identifier: MIT
/*
 * xenstore client: one request at a time, waiting by yielding. Called by test
 * guests. ABI: <xen/io/xs_wire.h>, start_info.store_mfn and store_evtchn.
 */

#include "pvops-guest/lib/xs_client.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/string.h"

#define PATIENCE_NS 20000000000ull
#define EVENTS_MAX  32

static struct xenstore_domain_interface *ring;
/* Events that came while something else was awaited. */
static struct xs_event events[EVENTS_MAX];
static unsigned int first_event, nr_events;

int xs_open(void)
{
	/* The builder has mapped the store page with the rest of the image. */
	ring = (void *)mm_pfn_to_virt(mm_mfn_to_pfn(start_info->store_mfn));
	return 0;
}

struct xenstore_domain_interface *xs_ring(void)
{
	return ring;
}

void xs_notify(void)
{
	event_send(start_info->store_evtchn);
}

static bool put_bytes(const void *data, size_t len, uint64_t deadline_ns)
{
	const char *from = data;
	uint32_t prod = ring->req_prod;

	while (len) {
		if (prod - READ_ONCE(ring->req_cons) == XENSTORE_RING_SIZE) {
			if (system_time_ns() > deadline_ns)
				return false;
			xs_notify();
			sched_yield();
			continue;
		}
		ring->req[MASK_XENSTORE_IDX(prod++)] = *from++;
		len--;
		barrier();
		WRITE_ONCE(ring->req_prod, prod);
	}
	xs_notify();
	return true;
}

static bool get_bytes(void *data, size_t len, uint64_t deadline_ns)
{
	char *to = data;
	uint32_t cons = ring->rsp_cons;

	while (len) {
		if (READ_ONCE(ring->rsp_prod) == cons) {
			if (system_time_ns() > deadline_ns)
				return false;
			sched_yield();
			continue;
		}
		barrier();
		*to++ = ring->rsp[MASK_XENSTORE_IDX(cons++)];
		len--;
		barrier();
		WRITE_ONCE(ring->rsp_cons, cons);
		/* The server may be waiting for room. */
		if (cons % XENSTORE_RING_SIZE == 0)
			xs_notify();
	}
	return true;
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void keep_event(const char *body)
{
	struct xs_event *e = &events[(first_event + nr_events) % EVENTS_MAX];

	if (nr_events == EVENTS_MAX)
		return;
	nr_events++;
	copy_text(e->path, sizeof(e->path), body);
	copy_text(e->token, sizeof(e->token), body + strlen(body) + 1);
}

/* One message; its body, with two NULs after it, goes to reply. */
static bool get_message(struct xsd_sockmsg *head, char *reply, uint64_t deadline_ns)
{
	if (!get_bytes(head, sizeof(*head), deadline_ns) || head->len > XENSTORE_PAYLOAD_MAX ||
	    !get_bytes(reply, head->len, deadline_ns))
		return false;
	reply[head->len] = '\0';
	return true;
}

static bool get_event(uint64_t deadline_ns)
{
	static char body[XENSTORE_PAYLOAD_MAX + 2];
	struct xsd_sockmsg head;

	memset(body, 0, sizeof(body));
	if (!get_message(&head, body, deadline_ns) || head.type != XS_WATCH_EVENT)
		return false;
	keep_event(body);
	return true;
}

bool xs_next_event(struct xs_event *event, uint64_t patience_ns)
{
	uint64_t deadline_ns = system_time_ns() + patience_ns;

	while (!nr_events && READ_ONCE(ring->rsp_prod) == ring->rsp_cons) {
		if (system_time_ns() > deadline_ns)
			return false;
		sched_yield();
	}
	if (!nr_events && !get_event(system_time_ns() + PATIENCE_NS))
		return false;
	*event = events[first_event];
	first_event = (first_event + 1) % EVENTS_MAX;
	nr_events--;
	return true;
}

int xs_receive_reply(char *reply, size_t *reply_len)
{
	uint64_t deadline_ns = system_time_ns() + PATIENCE_NS;
	struct xsd_sockmsg head;

	do {
		if (!get_message(&head, reply, deadline_ns))
			return -1;
		if (head.type == XS_WATCH_EVENT)
			keep_event(reply);
	} while (head.type == XS_WATCH_EVENT);
	*reply_len = head.len;
	return head.type;
}

int xs_request(uint32_t type, uint32_t tx, const void *body, size_t len_bytes, char *reply,
	       size_t *reply_len)
{
	struct xsd_sockmsg head = {.type = type, .req_id = 1, .tx_id = tx, .len = len_bytes};
	uint64_t deadline_ns = system_time_ns() + PATIENCE_NS;

	/* What waits in the ring may be what keeps the server from listening. */
	while (READ_ONCE(ring->rsp_prod) != ring->rsp_cons)
		if (!get_event(deadline_ns))
			return -1;
	if (!put_bytes(&head, sizeof(head), deadline_ns) ||
	    !put_bytes(body, len_bytes, deadline_ns))
		return -1;
	return xs_receive_reply(reply, reply_len);
}
