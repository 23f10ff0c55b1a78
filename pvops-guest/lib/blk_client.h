/* SPDX-License-Identifier: MIT */
/*
 * A small block front end, for tests: requests one by one, or by hand.
 */
#ifndef PVOPS_GUEST_LIB_BLK_CLIENT_H
#define PVOPS_GUEST_LIB_BLK_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>
#include <xen/io/xenbus.h>

#define BLK_XVDA 51712u
#define BLK_XVDB 51728u

/* Test images: 32-bit word number w of the first disk is w; of the nth, n - 1 in bits 24 up. */
#define BLK_WORDS_PER_SECTOR 128u

struct blk {
	uint32_t vdev;
	grant_ref_t first_ref; /* of BLK_REFS that are the client's; the first is the ring's */
	struct grant_entry_v1 *grants;
	struct blkif_sring *ring;
	uint32_t req_prod, rsp_cons;
	evtchn_port_t port;
	uint32_t nr_sectors, info;
};

#define BLK_REFS 16 /* ring, and what the caller grants */

/*
 * blk_open - connect to the device. NULL, or what went wrong.
 * @grants: this domain's table; references from first_ref on are the client's
 */
const char *blk_open(struct blk *b, uint32_t vdev, struct grant_entry_v1 *grants,
		     grant_ref_t first_ref);

/* blk_close - states 6 and back to 1, as a kernel that is followed by another. */
const char *blk_close(struct blk *b);

/* blk_state - the back end's state; XenbusStateUnknown: it can't be read. */
unsigned int blk_state(const struct blk *b);

/* blk_set_state - say what the front end's state is. */
void blk_set_state(const struct blk *b, unsigned int state);

/* blk_grant - let the back end use a page, by the nth (1 up) of the client's references. */
grant_ref_t blk_grant(struct blk *b, unsigned int nth, const void *page, bool read_only);

/* blk_put - one request into the ring, without telling the back end. */
void blk_put(struct blk *b, const struct blkif_request *req);

/* blk_push - tell it of what was put. */
void blk_push(struct blk *b);

/* blk_take - the next response, after some waiting; false: none came. */
bool blk_take(struct blk *b, struct blkif_response *rsp);

/* blk_submit - a request and its response's status; 1 if there is none, or not its own. */
int blk_submit(struct blk *b, const struct blkif_request *req);

/* blk_pages - whole pages from or to a sector, nr (<= 11) of them: the status. */
int blk_pages(struct blk *b, unsigned int op, uint64_t sector, void *const *pages, unsigned int nr);

/* blk_flush - FLUSH_DISKCACHE. */
int blk_flush(struct blk *b);

#endif
