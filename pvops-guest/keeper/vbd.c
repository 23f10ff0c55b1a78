// SPDX-License-Identifier: MIT
/*
 * Virtual block devices: the state machine of the back end, and the requests in
 * the rings. Called by domains.c and the main loop.
 *
 * A guest writes what it likes into its keys, its ring and its requests, at any
 * time. A request is copied out, checked (blk_request.c), answered; its data is
 * moved by grant copies, so that nothing but the ring's page is ever mapped,
 * and a domain that ends leaves nothing behind. ABI: <xen/io/blkif.h>.
 */

#include "pvops-guest/keeper/ata.h"
#include "pvops-guest/keeper/vbd.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

#define VBDS_MAX       DISKS_MAX
#define COMPLAINTS_MAX 4
#define REQUESTS_TURN  32 /* of one vbd, before others have their turn */
#define RING_SLOTS     __CONST_RING_SIZE(blkif, PAGE_SIZE)

static struct vbd vbds[VBDS_MAX];
static struct watch_client front_ends; /* their states; the token is the vbd's number */
static bool state_changed;

static void complain(struct vbd *vbd, const char *what)
{
	if (vbd->complaints++ < COMPLAINTS_MAX)
		keeper_log("d%u %s: %s", vbd->guest->domid, vbd->disk->device, what);
}

struct vbd *vbd_next(struct vbd *after)
{
	for (struct vbd *v = after ? after + 1 : vbds; v < vbds + VBDS_MAX; v++)
		if (v->guest)
			return v;
	return NULL;
}

static void set_state(struct vbd *vbd, enum xenbus_state state)
{
	if (vbd->state == state)
		return;
	vbd->state = state;
	vbd_keys_state(vbd);
}

/* ---- connection ---- */

static void on_event(evtchn_port_t port, void *data)
{
	struct vbd *vbd = data;

	(void)port;
	vbd->kicked = true;
}

static void disconnect(struct vbd *vbd)
{
	if (!vbd->ring.port)
		return;
	ata_forget(vbd);
	event_close(vbd->ring.port);
	vbd->ring.port = 0;
	if (grant_unmap(&vbd->ring.page))
		keeper_log("d%u %s: can't unmap its ring", vbd->guest->domid, vbd->disk->device);
	vbd->kicked = false;
}

/* NULL, or what is wrong with what the front end offers. */
static const char *connect(struct vbd *vbd)
{
	struct blkif_sring *sring;
	struct vbd_front front;
	const char *wrong = vbd_keys_front(vbd, &front);
	int port;

	if (wrong)
		return wrong;
	vbd->ring = (struct ring){0};
	if (grant_map(&vbd->ring.page, vbd->guest->domid, front.ring_ref, true))
		return "its ring-ref can't be mapped";
	port = event_bind_interdomain(vbd->guest->domid, front.event_channel);
	if (port < 0) {
		if (grant_unmap(&vbd->ring.page))
			keeper_log("d%u: can't unmap a ring", vbd->guest->domid);
		return "its event-channel can't be bound";
	}
	vbd->ring.port = port;
	/* A front end that connects has an empty ring, wherever its indexes stand. */
	sring = vbd->ring.page.va;
	vbd->ring.own_prod = READ_ONCE(sring->rsp_prod);
	vbd->ring.own_cons = vbd->ring.own_prod;
	event_set_handler(port, on_event, vbd);
	vbd->kicked = true;
	return NULL;
}

static void try_to_connect(struct vbd *vbd)
{
	const char *wrong = connect(vbd);

	if (wrong)
		complain(vbd, wrong);
	set_state(vbd, wrong ? XenbusStateClosing : XenbusStateConnected);
}

static void follow_front_end(struct vbd *vbd)
{
	switch (vbd_keys_front_state(vbd)) {
	case XenbusStateInitialising:
		/* Another kernel in the same domain, or the same driver once more. */
		if (vbd->state == XenbusStateClosed)
			set_state(vbd, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (vbd->state == XenbusStateInitWait)
			try_to_connect(vbd);
		break;
	case XenbusStateClosing:
		set_state(vbd, XenbusStateClosing);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosed:
		disconnect(vbd);
		set_state(vbd, XenbusStateClosed);
		break;
	default:
		break;
	}
}

static void take_events(void)
{
	static char body[STORE_PATH_MAX + WATCH_TOKEN_MAX + 2];
	uint32_t number;

	state_changed = false;
	while (watch_take(&front_ends, body)) {
		if (parse_decimal(body + strlen(body) + 1, VBDS_MAX - 1, &number))
			continue;
		if (vbds[number].guest)
			follow_front_end(&vbds[number]);
	}
}

/* ---- requests ---- */

void vbd_respond(struct vbd *vbd, const struct blk_request *r, int status)
{
	struct blkif_sring *sring = vbd->ring.page.va;
	struct blkif_response *rsp = &sring->ring[vbd->ring.own_prod % RING_SLOTS].rsp;
	uint32_t before = vbd->ring.own_prod;

	*rsp = (struct blkif_response){
		.id = r->id, .operation = r->operation, .status = (int16_t)status
	};
	barrier();
	WRITE_ONCE(sring->rsp_prod, ++vbd->ring.own_prod);
	full_barrier();
	/* It has asked to be told of this one, or of none yet. */
	if (READ_ONCE(sring->rsp_event) - before == 1)
		event_send(vbd->ring.port);
}

int vbd_copy(const struct vbd *vbd, const struct blk_request *r, const struct blk_memory *memory)
{
	static struct gnttab_copy ops[BLK_COPIES_MAX];
	unsigned int nr = blk_copies(r, vbd->guest->domid, memory, ops);

	if (hypercall_grant_table_op(GNTTABOP_copy, ops, nr))
		return BLKIF_RSP_ERROR;
	for (unsigned int i = 0; i < nr; i++)
		if (ops[i].status)
			return BLKIF_RSP_ERROR;
	return BLKIF_RSP_OKAY;
}

/* The first of an indirect request's pages; more isn't offered. */
static bool copy_segments(const struct vbd *vbd, grant_ref_t gref,
			  struct blkif_request_segment *segments)
{
	static struct blkif_request_segment page[BLK_INDIRECT_MAX]
		__attribute__((aligned(4096)));
	struct gnttab_copy op = {
		.source = {.u.ref = gref, .domid = vbd->guest->domid},
		.dest = {.u.gmfn = mm_virt_to_mfn((unsigned long)page), .domid = DOMID_SELF},
		.len = sizeof(page),
		.flags = GNTCOPY_source_gref,
	};

	if (hypercall_grant_table_op(GNTTABOP_copy, &op, 1) || op.status)
		return false;
	memcpy(segments, page, sizeof(page));
	return true;
}

static unsigned long module_mfn(const struct blk_memory *memory, unsigned long page)
{
	(void)memory;
	return mm_pfn_to_mfn(page);
}

/* A boot module: memory, in which every write has come to stay. */
static int serve_from_memory(const struct vbd *vbd, const struct blk_request *r)
{
	const struct disk *disk = vbd->disk;
	struct blk_memory memory = {
		.mfn = module_mfn,
		.first_page = disk->first_pfn,
		.offset_bytes = disk->offset_bytes + (r->sector << SECTOR_SHIFT),
	};

	return r->op == BLK_FLUSH ? BLKIF_RSP_OKAY : vbd_copy(vbd, r, &memory);
}

/* The request at the ring's consumer index, copied out whole and checked. */
static int take_request(struct vbd *vbd, struct blk_request *r)
{
	struct blkif_request_segment segments[BLK_INDIRECT_MAX];
	struct blkif_sring *sring = vbd->ring.page.va;
	struct blkif_request raw;
	grant_ref_t gref;

	/* From now on the guest can change its page as it likes. */
	memcpy(&raw, &sring->ring[vbd->ring.own_cons++ % RING_SLOTS].req, sizeof(raw));
	barrier();
	memset(segments, 0, sizeof(segments));
	if (blk_is_indirect(&raw, &gref) && !copy_segments(vbd, gref, segments))
		memset(segments, 0xff, sizeof(segments)); /* no such part of a page: refused */
	return blk_check(&raw, segments, vbd->disk, r);
}

/* How many requests wait; 0 also if the ring can't be used any more. */
static uint32_t requests_waiting(struct vbd *vbd)
{
	struct blkif_sring *sring = vbd->ring.page.va;
	uint32_t prod;

	if (!vbd->ring.port || vbd->ring.broken)
		return 0;
	prod = READ_ONCE(sring->req_prod);
	barrier();
	if (prod - vbd->ring.own_prod > RING_SLOTS || prod - vbd->ring.own_cons > RING_SLOTS) {
		vbd->ring.broken = true;
		complain(vbd, "broke its ring, which isn't served any more");
		set_state(vbd, XenbusStateClosing);
		return 0;
	}
	return prod - vbd->ring.own_cons;
}

/* Ask for an event with the next request. True if one has come meanwhile. */
static bool ask_for_event(struct vbd *vbd)
{
	struct blkif_sring *sring = vbd->ring.page.va;

	WRITE_ONCE(sring->req_event, vbd->ring.own_cons + 1);
	full_barrier();
	return requests_waiting(vbd) > 0;
}

/* Some of its requests. True if there are more. */
static bool serve(struct vbd *vbd)
{
	struct blk_request r;
	int status;

	vbd->kicked = false;
	for (unsigned int n = 0; n < REQUESTS_TURN; n++) {
		if (!requests_waiting(vbd) && (!vbd->ring.port || vbd->ring.broken ||
					       !ask_for_event(vbd)))
			return false;
		vbd->waiting = vbd->disk->drive && ata_is_busy(vbd->disk->drive);
		if (vbd->waiting)
			return false;
		status = take_request(vbd, &r);
		if (status)
			vbd_respond(vbd, &r, status);
		else if (vbd->disk->drive)
			ata_start(vbd, &r);
		else
			vbd_respond(vbd, &r, serve_from_memory(vbd, &r));
	}
	vbd->kicked = true;
	return true;
}

void vbds_drive_is_free(void)
{
	for (struct vbd *v = vbd_next(NULL); v; v = vbd_next(v))
		v->kicked |= v->waiting;
}

bool vbds_serve(void)
{
	static unsigned int first;
	bool more = false;

	if (state_changed)
		take_events();
	ata_work(system_time_ns());
	/* Each time another one begins: a drive is taken by the first that asks. */
	first = (first + 1) % VBDS_MAX;
	for (unsigned int i = 0; i < VBDS_MAX; i++) {
		struct vbd *v = &vbds[(first + i) % VBDS_MAX];

		if (v->guest && v->kicked)
			more |= serve(v);
	}
	return more || state_changed;
}

/* ---- domains ---- */

void vbds_init(void)
{
	watch_client_init(&front_ends, &store, 0);
	front_ends.wake = &state_changed;
}

static void watch(const struct vbd *vbd, bool on)
{
	char path[VBD_PATH_MAX], token[12];

	vbd_keys_front_path(vbd, "state", path);
	put_decimal(token, (uint64_t)(vbd - vbds));
	if (on ? watch_add(&front_ends, path, token) : watch_remove(&front_ends, path, token))
		keeper_log("d%u %s: its state can't be watched", vbd->guest->domid,
			   vbd->disk->device);
}

static void attach(struct guest *guest, struct disk *disk)
{
	struct vbd *vbd = vbds;

	while (vbd < vbds + VBDS_MAX && vbd->guest)
		vbd++;
	if (vbd == vbds + VBDS_MAX) {
		keeper_log("d%u %s: too many disks are in use", guest->domid, disk->device);
		return;
	}
	*vbd = (struct vbd){.guest = guest, .disk = disk, .state = XenbusStateInitWait};
	vbd_keys_make(vbd);
	watch(vbd, true);
}

void vbds_attach(struct guest *guest)
{
	if (!guest->name[0])
		return;
	for (struct disk *d = disks_next(guest->name, NULL); d; d = disks_next(guest->name, d))
		attach(guest, d);
}

void vbds_detach(struct guest *guest)
{
	for (struct vbd *v = vbd_next(NULL); v; v = vbd_next(v)) {
		if (v->guest != guest)
			continue;
		disconnect(v);
		watch(v, false);
		vbd_keys_remove(v);
		v->guest = NULL;
	}
}
