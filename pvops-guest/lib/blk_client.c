// SPDX-License-Identifier: MIT
/*
 * Block front end over one ring page, waiting by yielding. Called by test
 * guests. ABI: <xen/io/blkif.h>, <xen/io/protocols.h>.
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"
#include "pvops-guest/lib/xs_client.h"
#include <xen/io/protocols.h>

#define PATIENCE_NS 20000000000ull
#define SLOTS	    __CONST_RING_SIZE(blkif, PAGE_SIZE)

static char reply[XENSTORE_PAYLOAD_MAX + 1];

static uint32_t number(const char *text)
{
	uint32_t n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + (uint32_t)(*text++ - '0');
	return n;
}

static bool read_key(const char *path)
{
	size_t len;

	return xs_request(XS_READ, 0, path, strlen(path) + 1, reply, &len) == XS_READ;
}

static void write_key(const struct blk *b, const char *key, const char *value)
{
	char body[96];
	size_t len, head;

	head = (size_t)guest_snprintf(body, sizeof(body), "device/vbd/%u/%s", b->vdev, key) + 1;
	len = strlen(value);
	memcpy(body + head, value, len);
	xs_request(XS_WRITE, 0, body, head + len, reply, &len);
}

static void write_number(const struct blk *b, const char *key, uint32_t value)
{
	char text[16];

	guest_snprintf(text, sizeof(text), "%u", value);
	write_key(b, key, text);
}

/* A number from the back end's directory, ~0 if there is none. */
static uint32_t read_back(const struct blk *b, const char *key)
{
	char path[128];

	guest_snprintf(path, sizeof(path), "device/vbd/%u/backend", b->vdev);
	if (!read_key(path))
		return ~0u;
	guest_snprintf(path, sizeof(path), "%s/%s", reply, key);
	return read_key(path) ? number(reply) : ~0u;
}

unsigned int blk_state(const struct blk *b)
{
	uint32_t state = read_back(b, "state");

	return state == ~0u ? XenbusStateUnknown : state;
}

void blk_set_state(const struct blk *b, unsigned int state)
{
	write_number(b, "state", state);
}

static bool wait_state(const struct blk *b, unsigned int state)
{
	uint64_t end_ns = system_time_ns() + PATIENCE_NS;

	while (blk_state(b) != state) {
		if (system_time_ns() > end_ns)
			return false;
		sched_yield();
	}
	return true;
}

grant_ref_t blk_grant(struct blk *b, unsigned int nth, const void *page, bool read_only)
{
	struct grant_entry_v1 *e = &b->grants[b->first_ref + nth];

	WRITE_ONCE(e->flags, 0);
	e->frame = mm_virt_to_mfn((unsigned long)page);
	e->domid = 0;
	barrier();
	WRITE_ONCE(e->flags, GTF_permit_access | (read_only ? GTF_readonly : 0));
	return b->first_ref + nth;
}

const char *blk_open(struct blk *b, uint32_t vdev, struct grant_entry_v1 *grants,
		     grant_ref_t first_ref)
{
	int port;

	*b = (struct blk){.vdev = vdev, .grants = grants, .first_ref = first_ref};
	b->ring = mm_page_alloc();
	port = event_alloc_unbound(0);
	if (!grants || !b->ring || port < 0)
		return "no grant table, page or port";
	b->ring->req_event = b->ring->rsp_event = 1;
	b->port = (evtchn_port_t)port;
	if (!wait_state(b, XenbusStateInitWait))
		return "no back end waits for us";
	write_number(b, "ring-ref", blk_grant(b, 0, b->ring, false));
	write_number(b, "event-channel", b->port);
	write_key(b, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	blk_set_state(b, XenbusStateInitialised);
	if (!wait_state(b, XenbusStateConnected))
		return "the back end doesn't connect";
	b->nr_sectors = read_back(b, "sectors");
	b->info = read_back(b, "info");
	blk_set_state(b, XenbusStateConnected);
	return NULL;
}

const char *blk_close(struct blk *b)
{
	blk_set_state(b, XenbusStateClosing);
	if (!wait_state(b, XenbusStateClosing))
		return "the back end doesn't begin to close";
	blk_set_state(b, XenbusStateClosed);
	if (!wait_state(b, XenbusStateClosed))
		return "the back end doesn't close";
	/* Still mapped, it couldn't be taken back. */
	if (READ_ONCE(b->grants[b->first_ref].flags) & (GTF_reading | GTF_writing))
		return "the ring is still mapped";
	event_close(b->port);
	mm_page_free(b->ring);
	blk_set_state(b, XenbusStateInitialising);
	return wait_state(b, XenbusStateInitWait) ? NULL : "the back end doesn't wait again";
}

void blk_put(struct blk *b, const struct blkif_request *req)
{
	b->ring->ring[b->req_prod++ % SLOTS].req = *req;
}

void blk_push(struct blk *b)
{
	barrier();
	WRITE_ONCE(b->ring->req_prod, b->req_prod);
	full_barrier();
	event_send(b->port);
}

bool blk_take(struct blk *b, struct blkif_response *rsp)
{
	uint64_t end_ns = system_time_ns() + PATIENCE_NS;

	while (READ_ONCE(b->ring->rsp_prod) == b->rsp_cons) {
		if (system_time_ns() > end_ns)
			return false;
		sched_yield();
	}
	barrier();
	*rsp = b->ring->ring[b->rsp_cons++ % SLOTS].rsp;
	b->ring->rsp_event = b->rsp_cons + 1;
	return true;
}

int blk_submit(struct blk *b, const struct blkif_request *req)
{
	struct blkif_response rsp;
	uint8_t operation = req->operation;

	/* The response names the operation inside, as front ends of Linux demand. */
	if (operation == BLKIF_OP_INDIRECT) {
		struct blkif_request_indirect wide;

		memcpy(&wide, req, sizeof(wide));
		operation = wide.indirect_op;
	}
	blk_put(b, req);
	blk_push(b);
	if (!blk_take(b, &rsp) || rsp.operation != operation)
		return 1;
	/* An indirect request has its id at the same place. */
	return rsp.id == req->id ? rsp.status : 1;
}

int blk_pages(struct blk *b, unsigned int op, uint64_t sector, void *const *pages, unsigned int nr)
{
	struct blkif_request req = {
		.operation = (uint8_t)op, .nr_segments = (uint8_t)nr, .id = sector,
		.sector_number = sector,
	};

	for (unsigned int i = 0; i < nr; i++)
		req.seg[i] = (struct blkif_request_segment){
			.gref = blk_grant(b, i + 1, pages[i], false), .last_sect = 7
		};
	return blk_submit(b, &req);
}

int blk_flush(struct blk *b)
{
	const struct blkif_request req = {.operation = BLKIF_OP_FLUSH_DISKCACHE, .id = 1};

	return blk_submit(b, &req);
}
