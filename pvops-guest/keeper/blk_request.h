/* SPDX-License-Identifier: MIT */
/*
 * A block request: from what a guest wrote into its ring to what is to be
 * copied where. Portable: no hypercalls, also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_BLK_REQUEST_H
#define PVOPS_GUEST_KEEPER_BLK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>
#include "pvops-guest/keeper/disk.h"

#define BLK_INDIRECT_MAX 32 /* segments of an indirect request */
/* A segment fits a page of the guest's, and lies in two of ours at most. */
#define BLK_COPIES_MAX	 (2 * BLK_INDIRECT_MAX)
#define BLK_SECTORS_MAX	 (BLK_INDIRECT_MAX * SECTORS_PER_PAGE)

enum blk_op { BLK_READ, BLK_WRITE, BLK_FLUSH };

/* One request, checked: all of it may be believed. */
struct blk_request {
	uint64_t id;	   /* the guest's, for the response */
	uint8_t operation; /* as the response repeats it; of an indirect request the inner one */
	uint8_t op;	   /* enum blk_op; BLK_FLUSH has no segments */
	bool flush_before, flush_after; /* of a BLK_WRITE */
	uint16_t nr_segments;
	uint16_t nr_sectors; /* in all segments */
	uint64_t sector;
	struct blkif_request_segment segments[BLK_INDIRECT_MAX];
};

/*
 * blk_is_indirect - whether the request's segments lie in a page of the
 * guest's; then *gref is to be copied for blk_check().
 */
bool blk_is_indirect(const struct blkif_request *raw, grant_ref_t *gref);

/*
 * blk_check - what a request asks for, if it may.
 * @raw: a copy that the guest can't change any more
 * @indirect: BLK_INDIRECT_MAX segments, likewise; not used if it isn't one
 * @r: id and operation are set in any case
 * BLKIF_RSP_OKAY, BLKIF_RSP_ERROR or BLKIF_RSP_EOPNOTSUPP.
 */
int blk_check(const struct blkif_request *raw, const struct blkif_request_segment *indirect,
	      const struct disk *disk, struct blk_request *r);

/* Where a request's sectors lie in memory of ours: bytes that follow each other. */
struct blk_memory {
	unsigned long (*mfn)(const struct blk_memory *memory, unsigned long page);
	unsigned long first_page; /* for mfn() */
	uint64_t offset_bytes;	  /* from its begin to the request's first sector */
};

/*
 * blk_copies - the grant copies between a request's segments and our memory.
 * @ops: room for BLK_COPIES_MAX. Their number.
 */
unsigned int blk_copies(const struct blk_request *r, domid_t guest,
			const struct blk_memory *memory, struct gnttab_copy *ops);

#endif
