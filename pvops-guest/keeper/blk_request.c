// SPDX-License-Identifier: MIT
/*
 * Checking block requests. Called by vbd.c.
 *
 * Every field is the guest's. What passes here names sectors of its own disk
 * and parts of single pages only; whether the grants are good is for the
 * hypervisor to say, when the copies are made. ABI: <xen/io/blkif.h>.
 */

#include "pvops-guest/keeper/blk_request.h"
#include "pvops-guest/lib/string.h"

#define PAGE_BYTES 4096u

/* The same bytes, seen as an indirect request. */
static void as_indirect(const struct blkif_request *raw, struct blkif_request_indirect *indirect)
{
	_Static_assert(sizeof(*indirect) <= sizeof(*raw), "it takes one place in the ring");
	memcpy(indirect, raw, sizeof(*indirect));
}

bool blk_is_indirect(const struct blkif_request *raw, grant_ref_t *gref)
{
	struct blkif_request_indirect indirect;

	if (raw->operation != BLKIF_OP_INDIRECT)
		return false;
	as_indirect(raw, &indirect);
	*gref = indirect.indirect_grefs[0];
	return true;
}

/* What an operation means for the disk. */
static int decode(uint8_t operation, struct blk_request *r)
{
	switch (operation) {
	case BLKIF_OP_READ:
		r->op = BLK_READ;
		return BLKIF_RSP_OKAY;
	case BLKIF_OP_WRITE_BARRIER:
		r->flush_before = true;
		r->flush_after = true;
		r->op = BLK_WRITE;
		return BLKIF_RSP_OKAY;
	case BLKIF_OP_FLUSH_DISKCACHE:
		r->flush_after = true;
		r->op = BLK_WRITE;
		return BLKIF_RSP_OKAY;
	case BLKIF_OP_WRITE:
		r->op = BLK_WRITE;
		return BLKIF_RSP_OKAY;
	default:
		return BLKIF_RSP_EOPNOTSUPP;
	}
}

/* Sectors in all segments, or 0: one of them isn't part of a page. */
static unsigned int count_sectors(const struct blk_request *r)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < r->nr_segments; i++) {
		const struct blkif_request_segment *s = &r->segments[i];

		/* Else a copy would begin or end in whatever lies behind the page. */
		if (s->first_sect > s->last_sect || s->last_sect >= SECTORS_PER_PAGE)
			return 0;
		sum += s->last_sect - s->first_sect + 1u;
	}
	return sum;
}

static int check_range(const struct disk *disk, struct blk_request *r)
{
	if (r->op == BLK_WRITE && disk->read_only)
		return BLKIF_RSP_ERROR;
	r->nr_sectors = (uint16_t)count_sectors(r);
	if (!r->nr_sectors)
		return BLKIF_RSP_ERROR;
	/* In this order nothing overflows: else a guest reads from another's disk. */
	if (r->sector > disk->nr_sectors || r->nr_sectors > disk->nr_sectors - r->sector)
		return BLKIF_RSP_ERROR;
	return BLKIF_RSP_OKAY;
}

int blk_check(const struct blkif_request *raw, const struct blkif_request_segment *indirect,
	      const struct disk *disk, struct blk_request *r)
{
	const struct blkif_request_segment *segments = raw->seg;
	unsigned int max = BLKIF_MAX_SEGMENTS_PER_REQUEST;
	struct blkif_request_indirect wide;
	uint8_t operation = raw->operation;
	int status;

	*r = (struct blk_request){
		.id = raw->id,
		.operation = operation,
		.nr_segments = raw->nr_segments,
		.sector = raw->sector_number,
	};
	if (operation == BLKIF_OP_INDIRECT) {
		as_indirect(raw, &wide);
		r->id = wide.id;
		r->nr_segments = wide.nr_segments;
		r->sector = wide.sector_number;
		operation = r->operation = wide.indirect_op;
		segments = indirect;
		max = BLK_INDIRECT_MAX;
		if (operation != BLKIF_OP_READ && operation != BLKIF_OP_WRITE)
			return BLKIF_RSP_EOPNOTSUPP;
	}
	status = decode(operation, r);
	if (status)
		return status;
	if (operation == BLKIF_OP_FLUSH_DISKCACHE && !r->nr_segments) {
		r->op = BLK_FLUSH;
		return BLKIF_RSP_OKAY;
	}
	if (!r->nr_segments || r->nr_segments > max)
		return BLKIF_RSP_ERROR;
	memcpy(r->segments, segments, r->nr_segments * sizeof(*segments));
	return check_range(disk, r);
}

unsigned int blk_copies(const struct blk_request *r, domid_t guest,
			const struct blk_memory *memory, struct gnttab_copy *ops)
{
	bool read = r->op == BLK_READ;
	unsigned long first = memory->first_page;
	uint64_t at = memory->offset_bytes;
	unsigned int n = 0;

	for (unsigned int i = 0; i < r->nr_segments; i++) {
		const struct blkif_request_segment *s = &r->segments[i];
		uint32_t offset = s->first_sect * SECTOR_BYTES;
		uint32_t end = (s->last_sect + 1u) * SECTOR_BYTES, len;

		for (; offset < end; offset += len, at += len) {
			uint32_t in_page = at % PAGE_BYTES;
			struct gnttab_copy_ptr theirs = {
				.u.ref = s->gref, .domid = guest, .offset = (uint16_t)offset
			};
			struct gnttab_copy_ptr own = {
				.u.gmfn = memory->mfn(memory, first + (unsigned long)(at >> 12)),
				.domid = DOMID_SELF,
				.offset = (uint16_t)in_page,
			};

			len = end - offset;
			if (len > PAGE_BYTES - in_page)
				len = PAGE_BYTES - in_page;
			ops[n++] = (struct gnttab_copy){
				.source = read ? own : theirs,
				.dest = read ? theirs : own,
				.len = (uint16_t)len,
				.flags = read ? GNTCOPY_dest_gref : GNTCOPY_source_gref,
			};
		}
	}
	return n;
}
