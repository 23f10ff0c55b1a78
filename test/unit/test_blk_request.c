// SPDX-License-Identifier: MIT
/*
 * Descriptions of disks, and what a block request may ask for.
 * See: ABI 6.5
 *
 * SOURCES: pvops-guest/keeper/blk_request.c pvops-guest/keeper/disk_parse.c
 */
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/blk_request.h"

#define GUEST	    7
#define FIRST_PAGE  1000

static struct disk disk;
static struct blk_request r;
static struct blkif_request raw;

static void setup(void)
{
	disk = (struct disk){.nr_sectors = 100};
	raw = (struct blkif_request){
		.operation = BLKIF_OP_READ, .nr_segments = 1, .id = 42, .sector_number = 8,
	};
	raw.seg[0] = (struct blkif_request_segment){.gref = 3, .last_sect = 7};
}

static int check(void)
{
	return blk_check(&raw, NULL, &disk, &r);
}

START_TEST(descriptions_of_disks_are_read)
{
	struct disk d;

	ck_assert_ptr_null(disk_parse("web,xvda", &d));
	ck_assert_str_eq(d.guest, "web");
	ck_assert_uint_eq(d.vdev, 51712);
	ck_assert(!d.read_only);
	ck_assert_ptr_null(disk_parse("web,xvdb,ro more words", &d));
	ck_assert_uint_eq(d.vdev, 51728);
	ck_assert(d.read_only);
	ck_assert_ptr_null(disk_parse("web,xvdp15,phy:hda2", &d));
	ck_assert_uint_eq(d.vdev, 51712 + 255);
	ck_assert_str_eq(d.source, "hda2");
	ck_assert_str_eq(d.device, "xvdp15");
}
END_TEST

START_TEST(bad_descriptions_are_refused)
{
	static const char *const bad[] = {
		"", "web", "web,", ",xvda", "web,xvd", "web,xvdq", "web,hda", "web,xvda0",
		"web,xvda16", "web,xvda1x", "web,xvdaa", "web,xvda,", "web,xvda,phy:",
		"web,xvda,rx", "web,xvda,phy:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"sixteen-letters!,xvda", "web,xvda999999999999",
	};
	struct disk d;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(disk_parse(bad[i], &d) != NULL, "'%s'", bad[i]);
}
END_TEST

START_TEST(a_range_ends_where_the_disk_does)
{
	setup();
	raw.sector_number = 92;
	ck_assert_int_eq(check(), BLKIF_RSP_OKAY);
	ck_assert_uint_eq(r.nr_sectors, 8);
	for (uint64_t s = 93; s < 110; s++) {
		raw.sector_number = s;
		ck_assert_int_eq(check(), BLKIF_RSP_ERROR);
	}
	for (int bit = 7; bit < 64; bit++) {
		raw.sector_number = 1ull << bit;
		ck_assert_int_eq(check(), BLKIF_RSP_ERROR);
		raw.sector_number = -(1ull << bit);
		ck_assert_int_eq(check(), BLKIF_RSP_ERROR);
	}
}
END_TEST

START_TEST(every_segment_is_part_of_a_page)
{
	setup();
	for (unsigned int first = 0; first < 256; first++)
		for (unsigned int last = 0; last < 256; last++) {
			raw.seg[0].first_sect = (uint8_t)first;
			raw.seg[0].last_sect = (uint8_t)last;
			ck_assert_int_eq(check(), first <= last && last < 8 ? BLKIF_RSP_OKAY
									    : BLKIF_RSP_ERROR);
		}
}
END_TEST

START_TEST(operations_are_what_they_mean)
{
	for (unsigned int op = 0; op < 256; op++) {
		setup();
		raw.operation = (uint8_t)op;
		if (op == BLKIF_OP_INDIRECT)
			continue;
		ck_assert_int_eq(check(), op > 3 ? BLKIF_RSP_EOPNOTSUPP : BLKIF_RSP_OKAY);
		ck_assert_uint_eq(r.id, 42);
		ck_assert_uint_eq(r.operation, op);
		disk.read_only = true;
		ck_assert_int_eq(check(), op > 3   ? BLKIF_RSP_EOPNOTSUPP
					  : op > 0 ? BLKIF_RSP_ERROR
						   : BLKIF_RSP_OKAY);
	}
	setup();
	raw.operation = BLKIF_OP_WRITE_BARRIER;
	ck_assert_int_eq(check(), BLKIF_RSP_OKAY);
	ck_assert(r.op == BLK_WRITE && r.flush_before && r.flush_after);
	raw.operation = BLKIF_OP_FLUSH_DISKCACHE;
	raw.nr_segments = 0;
	ck_assert_int_eq(check(), BLKIF_RSP_OKAY);
	ck_assert(r.op == BLK_FLUSH && r.nr_segments == 0);
	raw.operation = BLKIF_OP_WRITE_BARRIER;
	ck_assert_int_eq(check(), BLKIF_RSP_ERROR);
}
END_TEST

START_TEST(segments_are_counted)
{
	for (unsigned int nr = 0; nr < 256; nr++) {
		setup();
		disk.nr_sectors = 10000;
		for (unsigned int i = 0; i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++)
			raw.seg[i].last_sect = 7;
		raw.nr_segments = (uint8_t)nr;
		ck_assert_int_eq(check(), nr && nr <= 11 ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR);
	}
}
END_TEST

START_TEST(indirect_requests_have_segments_elsewhere)
{
	struct blkif_request_segment list[BLK_INDIRECT_MAX];
	struct blkif_request_indirect *wide = (void *)&raw;
	grant_ref_t gref;

	setup();
	ck_assert(!blk_is_indirect(&raw, &gref));
	disk.nr_sectors = 256;
	for (unsigned int i = 0; i < BLK_INDIRECT_MAX; i++)
		list[i] = (struct blkif_request_segment){.gref = i, .last_sect = 7};
	*wide = (struct blkif_request_indirect){
		.operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_WRITE, .nr_segments = 32,
		.id = 9, .indirect_grefs = {77},
	};
	ck_assert(blk_is_indirect(&raw, &gref));
	ck_assert_uint_eq(gref, 77);
	ck_assert_int_eq(blk_check(&raw, list, &disk, &r), BLKIF_RSP_OKAY);
	ck_assert_uint_eq(r.nr_sectors, 256);
	ck_assert(r.op == BLK_WRITE && r.id == 9 && r.operation == BLKIF_OP_WRITE);
	wide->sector_number = 1;
	ck_assert_int_eq(blk_check(&raw, list, &disk, &r), BLKIF_RSP_ERROR);
	wide->sector_number = 0;
	wide->nr_segments = 33;
	ck_assert_int_eq(blk_check(&raw, list, &disk, &r), BLKIF_RSP_ERROR);
	wide->nr_segments = 32;
	wide->indirect_op = BLKIF_OP_WRITE_BARRIER;
	ck_assert_int_eq(blk_check(&raw, list, &disk, &r), BLKIF_RSP_EOPNOTSUPP);
}
END_TEST

static unsigned long same_number(const struct blk_memory *memory, unsigned long page)
{
	(void)memory;
	return page;
}

static void random_request(uint64_t *state)
{
	r = (struct blk_request){.op = unit_random_below(state, 2) ? BLK_READ : BLK_WRITE};
	r.nr_segments = 1 + unit_random_below(state, BLK_INDIRECT_MAX);
	for (unsigned int i = 0; i < r.nr_segments; i++) {
		uint32_t first = unit_random_below(state, 8);

		r.segments[i] = (struct blkif_request_segment){
			.gref = i, .first_sect = first,
			.last_sect = first + unit_random_below(state, 8 - first)
		};
	}
}

/* One copy, of a segment of which so much was done, to or from a byte of ours. */
static void check_copy(const struct gnttab_copy *op, unsigned int segment, uint32_t done,
		       uint64_t at)
{
	bool read = r.op == BLK_READ;
	const struct gnttab_copy_ptr *own = read ? &op->source : &op->dest;
	const struct gnttab_copy_ptr *theirs = read ? &op->dest : &op->source;

	ck_assert_uint_eq(op->flags, read ? GNTCOPY_dest_gref : GNTCOPY_source_gref);
	ck_assert_uint_eq(own->domid, DOMID_SELF);
	ck_assert_uint_eq(own->u.gmfn, FIRST_PAGE + at / 4096);
	ck_assert_uint_eq(own->offset, at % 4096);
	ck_assert_uint_eq(theirs->domid, GUEST);
	ck_assert_uint_eq(theirs->u.ref, segment);
	ck_assert_uint_eq(theirs->offset, r.segments[segment].first_sect * 512u + done);
	ck_assert(op->len && own->offset + op->len <= 4096 && theirs->offset + op->len <= 4096);
}

/* Random segments at random offsets of ours: every sector once, and in order. */
START_TEST(copies_cover_a_request_once)
{
	struct gnttab_copy ops[BLK_COPIES_MAX];
	struct blk_memory memory = {.mfn = same_number, .first_page = FIRST_PAGE};
	uint64_t state = unit_seed();

	for (int round = 0; round < 2000; round++) {
		unsigned int nr, segment = 0;
		uint32_t done = 0;
		uint64_t at;

		random_request(&state);
		at = memory.offset_bytes = unit_random_below(&state, 100000);
		nr = blk_copies(&r, GUEST, &memory, ops);
		ck_assert_uint_le(nr, BLK_COPIES_MAX);
		for (unsigned int i = 0; i < nr; i++) {
			const struct blkif_request_segment *s = &r.segments[segment];

			check_copy(&ops[i], segment, done, at);
			at += ops[i].len;
			done += ops[i].len;
			if (done == (s->last_sect - s->first_sect + 1) * 512u) {
				segment++;
				done = 0;
			}
		}
		ck_assert_uint_eq(segment, r.nr_segments);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blk_request");
	TCase *tcase = tcase_create("blk_request");

	tcase_add_test(tcase, descriptions_of_disks_are_read);
	tcase_add_test(tcase, bad_descriptions_are_refused);
	tcase_add_test(tcase, a_range_ends_where_the_disk_does);
	tcase_add_test(tcase, every_segment_is_part_of_a_page);
	tcase_add_test(tcase, operations_are_what_they_mean);
	tcase_add_test(tcase, segments_are_counted);
	tcase_add_test(tcase, indirect_requests_have_segments_elsewhere);
	tcase_add_test(tcase, copies_cover_a_request_once);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
