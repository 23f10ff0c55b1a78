// SPDX-License-Identifier: MIT
/*
 * What every disk does, wherever its sectors are: reads in all shapes, writes,
 * flushes, refusals. Called by test guests.
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/blk_test.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

#define PAGES	    11
#define PAGE_WORDS  1024u
#define SECTORS	    512u
#define MARK	    0x5a000000u

static struct blk a, b;
static uint32_t *pages[PAGES];

static void check_words(const char *what, const uint32_t *words, uint32_t first, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (words[i] != first + i) {
			test_failure("%s: word %u is %x, not %x", what, i, words[i], first + i);
			return;
		}
}

static void fill(uint32_t *words, uint32_t first, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		words[i] = first + i;
}

static int read_pages(struct blk *disk, uint64_t sector, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		memset(pages[i], 0xee, PAGE_SIZE);
	return blk_pages(disk, BLKIF_OP_READ, sector, (void *const *)pages, nr);
}

/* All of a disk is as the image was made. */
static void check_whole(struct blk *disk, uint32_t tag)
{
	for (uint32_t s = 0; s < disk->nr_sectors; s += 8) {
		TEST_EQUAL("read", read_pages(disk, s, 1), BLKIF_RSP_OKAY);
		check_words("the image", pages[0], tag + s * BLK_WORDS_PER_SECTOR, PAGE_WORDS);
	}
}

static void check_shapes(void)
{
	struct blkif_request req = {.operation = BLKIF_OP_READ, .nr_segments = 1, .id = 77};

	/* Any part of a page, from any sector. */
	for (unsigned int first = 0; first < 8; first++)
		for (unsigned int last = first; last < 8; last++) {
			memset(pages[0], 0xee, PAGE_SIZE);
			req.sector_number = 3 + first * 5 + last;
			req.seg[0] = (struct blkif_request_segment){
				.gref = blk_grant(&a, 1, pages[0], false),
				.first_sect = (uint8_t)first, .last_sect = (uint8_t)last
			};
			TEST_EQUAL("a part", blk_submit(&a, &req), BLKIF_RSP_OKAY);
			check_words("a part", pages[0] + first * BLK_WORDS_PER_SECTOR,
				    (uint32_t)req.sector_number * BLK_WORDS_PER_SECTOR,
				    (last - first + 1) * BLK_WORDS_PER_SECTOR);
			TEST_CHECK(!first || pages[0][first * 128 - 1] == 0xeeeeeeee, "before");
			TEST_CHECK(last == 7 || pages[0][last * 128 + 128] == 0xeeeeeeee, "behind");
		}
	for (unsigned int nr = 1; nr <= PAGES; nr++) {
		TEST_EQUAL("many", read_pages(&a, 101, nr), BLKIF_RSP_OKAY);
		for (unsigned int i = 0; i < nr; i++)
			check_words("many", pages[i], (101 + i * 8) * BLK_WORDS_PER_SECTOR,
				    PAGE_WORDS);
	}
	TEST_EQUAL("the last sectors", read_pages(&a, SECTORS - 8, 1), BLKIF_RSP_OKAY);
}

/* Segments that lie in a page of their own: all of the disk's first 32 pages' worth. */
static void check_indirect(void)
{
	struct blkif_request_segment *list = mm_page_alloc();
	struct blkif_request_indirect req = {
		.operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_READ, .nr_segments = 32,
		.id = 99, .sector_number = 16,
	};
	struct blkif_request raw = {0};

	/* Backwards into ten pages: what comes last stands there. */
	for (unsigned int i = 0; i < 32; i++)
		list[i] = (struct blkif_request_segment){
			.gref = blk_grant(&a, 1 + i % 10, pages[i % 10], false), .last_sect = 7
		};
	req.indirect_grefs[0] = blk_grant(&a, 12, list, true);
	memcpy(&raw, &req, sizeof(req));
	TEST_EQUAL("indirect", blk_submit(&a, &raw), BLKIF_RSP_OKAY);
	for (unsigned int i = 22; i < 32; i++)
		check_words("indirect", pages[i % 10], (16 + i * 8) * BLK_WORDS_PER_SECTOR,
			    PAGE_WORDS);
	mm_page_free(list);
}

static void check_write(unsigned int op, uint32_t sector, uint32_t mark)
{
	fill(pages[0], mark, PAGE_WORDS);
	fill(pages[1], mark + PAGE_WORDS, PAGE_WORDS);
	TEST_EQUAL("write", blk_pages(&a, op, sector, (void *const *)pages, 2), BLKIF_RSP_OKAY);
	TEST_EQUAL("flush", blk_flush(&a), BLKIF_RSP_OKAY);
	TEST_EQUAL("read back", read_pages(&a, sector - 8, 4), BLKIF_RSP_OKAY);
	check_words("before", pages[0], (sector - 8) * BLK_WORDS_PER_SECTOR, PAGE_WORDS);
	check_words("written", pages[1], mark, PAGE_WORDS);
	check_words("written", pages[2], mark + PAGE_WORDS, PAGE_WORDS);
	check_words("behind", pages[3], (sector + 16) * BLK_WORDS_PER_SECTOR, PAGE_WORDS);
	/* As it was, for the next. */
	fill(pages[0], sector * BLK_WORDS_PER_SECTOR, PAGE_WORDS);
	fill(pages[1], (sector + 8) * BLK_WORDS_PER_SECTOR, PAGE_WORDS);
	TEST_EQUAL("write", blk_pages(&a, BLKIF_OP_WRITE, sector, (void *const *)pages, 2),
		   BLKIF_RSP_OKAY);
}

static void check_read_only(void)
{
	static const uint8_t ops[] = {BLKIF_OP_WRITE, BLKIF_OP_WRITE_BARRIER,
				      BLKIF_OP_FLUSH_DISKCACHE};

	TEST_CHECK(b.info & VDISK_READONLY, "it isn't said to be read-only");
	fill(pages[0], MARK, PAGE_WORDS);
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		TEST_EQUAL("a write", blk_pages(&b, ops[i], 8, (void *const *)pages, 1),
			   BLKIF_RSP_ERROR);
	check_whole(&b, 1u << 24);
}

void blk_test_disks(struct grant_entry_v1 *grants)
{
	const char *wrong = blk_open(&a, BLK_XVDA, grants, 16);

	if (!wrong)
		wrong = blk_open(&b, BLK_XVDB, grants, 16 + BLK_REFS);
	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = mm_page_alloc();
	if (wrong || !pages[PAGES - 1]) {
		test_failure("%s", wrong ? wrong : "no memory");
		return;
	}
	TEST_EQUAL("sectors", a.nr_sectors, SECTORS);
	TEST_CHECK(!(a.info & VDISK_READONLY), "it is said to be read-only");
	check_whole(&a, 0);
	check_shapes();
	check_indirect();
	check_write(BLKIF_OP_WRITE, 40, MARK);
	check_write(BLKIF_OP_WRITE_BARRIER, 97, MARK * 2);
	check_write(BLKIF_OP_FLUSH_DISKCACHE, 203, MARK * 3);
	check_whole(&a, 0);
	check_read_only();
	wrong = blk_close(&a);
	if (!wrong)
		wrong = blk_open(&a, BLK_XVDA, grants, 16);
	if (wrong)
		test_failure("once more: %s", wrong);
	else
		check_whole(&a, 0);
}
