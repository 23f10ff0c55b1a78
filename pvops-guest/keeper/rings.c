// SPDX-License-Identifier: MIT
/*
 * Console and xenstore rings of the served domains. Called by domains.c and
 * the main loop.
 *
 * The peer may write anything into a ring page at any time. Each shared index
 * is read once into a local and checked; our own indices live in struct ring.
 * An impossible index ends that connection and nothing else.
 * ABI: <xen/io/console.h>, <xen/io/xs_wire.h>.
 */

#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/string.h"

#define NS_PER_MS  1000000u
#define STORE_TURN 32 /* xenstore requests before others have their turn */
#define RETRY_NS   (20ull * NS_PER_MS)

static struct xencons_interface *console_page(struct guest *guest)
{
	return guest->console.page.va;
}

static struct xenstore_domain_interface *store_page(struct guest *guest)
{
	return guest->store.page.va;
}

static void on_event(evtchn_port_t port, void *data)
{
	struct guest *guest = data;

	(void)port;
	guest->kicked = true;
}

static bool connect(struct guest *guest, struct ring *ring, grant_ref_t ref,
		    evtchn_port_t remote_port)
{
	int port;

	*ring = (struct ring){0};
	if (!event_is_offered(guest->domid, remote_port))
		return false;
	if (grant_map(&ring->page, guest->domid, ref, true))
		return false;
	port = event_bind_interdomain(guest->domid, remote_port);
	if (port < 0) {
		grant_unmap(&ring->page);
		return false;
	}
	ring->port = port;
	return true;
}

void rings_connect(struct guest *guest)
{
	bool ok = connect(guest, &guest->console, GNTTAB_RESERVED_CONSOLE, REMOTE_CONSOLE_PORT);

	if (ok) {
		guest->console.own_cons = READ_ONCE(console_page(guest)->out_cons);
		guest->console.own_prod = READ_ONCE(console_page(guest)->in_prod);
	} else {
		keeper_log("d%u has no console ring", guest->domid);
	}
	ok = connect(guest, &guest->store, GNTTAB_RESERVED_XENSTORE, REMOTE_STORE_PORT);
	if (ok) {
		guest->store.own_cons = READ_ONCE(store_page(guest)->req_cons);
		guest->store.own_prod = READ_ONCE(store_page(guest)->rsp_prod);
		WRITE_ONCE(store_page(guest)->server_features, XENSTORE_SERVER_FEATURE_ERROR);
	} else {
		keeper_log("d%u has no xenstore ring", guest->domid);
	}
	guest->output_left = OUTPUT_BURST_BYTES;
	guest->refill_ns = system_time_ns();
	xs_conn_init(&guest->xs, &store, guest->domid);
	guest->xs.watches.wake = &guest->kicked;
	if (guest->console.port)
		event_set_handler(guest->console.port, on_event, guest);
	if (guest->store.port)
		event_set_handler(guest->store.port, on_event, guest);
	guest->kicked = true;
}

static bool is_usable(const struct ring *ring)
{
	return ring->page.va && !ring->broken;
}

static void break_ring(struct guest *guest, struct ring *ring, const char *what)
{
	ring->broken = true;
	event_set_handler(ring->port, NULL, NULL);
	keeper_log("d%u broke its %s ring: not served any more", guest->domid, what);
}

/* Copy len bytes out of a ring of size bytes (a power of two), from index. */
static void ring_read(char *to, const char *ring, uint32_t size, uint32_t index, uint32_t len)
{
	uint32_t at = index & (size - 1), first = size - at < len ? size - at : len;

	memcpy(to, ring + at, first);
	memcpy(to + first, ring, len - first);
}

static void ring_write(char *ring, uint32_t size, uint32_t index, const char *from, uint32_t len)
{
	uint32_t at = index & (size - 1), first = size - at < len ? size - at : len;

	memcpy(ring + at, from, first);
	memcpy(ring, from + first, len - first);
}

/*
 * Raise what the domain may print by the time since the last raise. 2^20 ns
 * count as a millisecond: this saves a 64-bit division.
 */
static void refill(struct guest *guest, uint64_t now_ns)
{
	uint64_t passed_ms = (now_ns - guest->refill_ns) >> 20;

	guest->refill_ns += passed_ms << 20;
	if (passed_ms > OUTPUT_BURST_BYTES / OUTPUT_BYTES_PER_MS)
		passed_ms = OUTPUT_BURST_BYTES / OUTPUT_BYTES_PER_MS;
	guest->output_left += (uint32_t)passed_ms * OUTPUT_BYTES_PER_MS;
	if (guest->output_left > OUTPUT_BURST_BYTES)
		guest->output_left = OUTPUT_BURST_BYTES;
}

/*
 * The domain's output, up to limit bytes. True if there was some. What is over
 * the limit stays in the ring: the domain waits, and nobody else does.
 */
static bool take_output(struct guest *guest, uint32_t limit)
{
	static char text[sizeof(((struct xencons_interface *)0)->out)];
	struct xencons_interface *page = console_page(guest);
	struct ring *ring = &guest->console;
	uint32_t len = READ_ONCE(page->out_prod) - ring->own_cons;

	if (len > sizeof(page->out)) {
		break_ring(guest, ring, "console");
		return false;
	}
	guest->throttled = len > limit;
	if (len > limit)
		len = limit;
	if (!len)
		return false;
	barrier();
	ring_read(text, page->out, sizeof(page->out), ring->own_cons, len);
	ring->own_cons += len;
	guest->output_left -= len < guest->output_left ? len : guest->output_left;
	full_barrier();
	WRITE_ONCE(page->out_cons, ring->own_cons);
	console_put(&console, &guest->line, text, len, system_time_ns());
	return true;
}

uint64_t rings_retry_ns(const struct guest *guest)
{
	return guest->throttled && is_usable(&guest->console) ? guest->refill_ns + RETRY_NS : 0;
}

/* Typed bytes into the domain's ring, as many as fit. True if any. */
static bool give_input(struct guest *guest)
{
	struct xencons_interface *page = console_page(guest);
	struct ring *ring = &guest->console;
	uint32_t used = ring->own_prod - READ_ONCE(page->in_cons);
	bool any = false;

	if (used > sizeof(page->in)) {
		break_ring(guest, ring, "console");
		return false;
	}
	for (; guest->input_count && used < sizeof(page->in); used++) {
		page->in[MASK_XENCONS_IDX(ring->own_prod, page->in)] =
			guest->input[guest->input_first];
		ring->own_prod++;
		guest->input_first = (guest->input_first + 1) % INPUT_QUEUE;
		guest->input_count--;
		any = true;
	}
	barrier();
	WRITE_ONCE(page->in_prod, ring->own_prod);
	return any;
}

static void break_store(struct guest *guest, uint32_t error)
{
	WRITE_ONCE(store_page(guest)->error, error);
	break_ring(guest, &guest->store, "xenstore");
}

/* Replies into the ring, as many bytes as fit. True if any, or broken. */
static bool send_replies(struct guest *guest)
{
	struct xenstore_domain_interface *page = store_page(guest);
	struct ring *ring = &guest->store;
	uint32_t used = ring->own_prod - READ_ONCE(page->rsp_cons), len;
	char text[XENSTORE_RING_SIZE];

	if (used > XENSTORE_RING_SIZE) {
		break_store(guest, XENSTORE_ERROR_RINGIDX);
		return false;
	}
	len = xs_conn_output(&guest->xs, text, XENSTORE_RING_SIZE - used);
	if (!len)
		return false;
	ring_write(page->rsp, XENSTORE_RING_SIZE, ring->own_prod, text, len);
	ring->own_prod += len;
	barrier();
	WRITE_ONCE(page->rsp_prod, ring->own_prod);
	return true;
}

/* Requests from the ring, as far as the connection takes them. */
static bool take_requests(struct guest *guest)
{
	struct xenstore_domain_interface *page = store_page(guest);
	struct ring *ring = &guest->store;
	uint32_t len = READ_ONCE(page->req_prod) - ring->own_cons;
	char text[XENSTORE_RING_SIZE];

	if (len > XENSTORE_RING_SIZE) {
		break_store(guest, XENSTORE_ERROR_RINGIDX);
		return false;
	}
	barrier();
	ring_read(text, page->req, XENSTORE_RING_SIZE, ring->own_cons, len);
	len = xs_conn_input(&guest->xs, text, len);
	if (guest->xs.broken) {
		break_store(guest, XENSTORE_ERROR_PROTO);
		return false;
	}
	ring->own_cons += len;
	full_barrier();
	WRITE_ONCE(page->req_cons, ring->own_cons);
	return len > 0;
}

static void serve_console(struct guest *guest)
{
	bool work;

	refill(guest, system_time_ns());
	work = take_output(guest, guest->output_left);
	if (is_usable(&guest->console))
		work |= give_input(guest);
	if (work)
		event_send(guest->console.port);
}

static void serve_store(struct guest *guest)
{
	bool work = false, more = true;

	/* Who asks without end has to let others ask in between. */
	for (int round = 0; more && round < STORE_TURN; round++) {
		more = send_replies(guest);
		if (is_usable(&guest->store))
			more |= take_requests(guest);
		if (!is_usable(&guest->store))
			break;
		work |= more;
	}
	guest->kicked |= more && is_usable(&guest->store);
	if (work || !is_usable(&guest->store))
		event_send(guest->store.port);
}

void rings_serve(struct guest *guest)
{
	if (is_usable(&guest->console))
		serve_console(guest);
	if (is_usable(&guest->store))
		serve_store(guest);
}

bool rings_input(struct guest *guest, char c)
{
	if (guest->input_count == INPUT_QUEUE)
		return false;
	guest->input[(guest->input_first + guest->input_count) % INPUT_QUEUE] = c;
	guest->input_count++;
	return true;
}

static void disconnect(struct guest *guest, struct ring *ring)
{
	int ret;

	if (ring->port)
		event_close(ring->port);
	ring->port = 0;
	if (!ring->page.va)
		return;
	ret = grant_unmap(&ring->page);
	if (ret)
		keeper_log("d%u: can't unmap a ring: %d", guest->domid, ret);
	ring->page.va = NULL;
}

void rings_disconnect(struct guest *guest)
{
	if (is_usable(&guest->console))
		take_output(guest, sizeof(console_page(guest)->out));
	console_end_line(&console, &guest->line);
	xs_conn_end(&guest->xs);
	disconnect(guest, &guest->console);
	disconnect(guest, &guest->store);
}
