// SPDX-License-Identifier: MIT
/*
 * Claim: a request that asks for what it may not is answered with an error,
 * whichever of its fields it is in; a ring that can't be is not served any
 * more, until its domain connects again. A neighbour's requests go on, and its
 * disk can't be had by naming it.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

#define SECTORS	 256u
#define ROUNDS	 300
#define FIRST_REF 16

static struct blk disk;
static struct grant_entry_v1 *grants;
static uint32_t *page;
static struct blkif_request_segment *list;

/* A request that is good but for what the caller changes. */
static struct blkif_request good(void)
{
	struct blkif_request req = {
		.operation = BLKIF_OP_READ, .nr_segments = 1, .id = 0x1122334455667788,
		.sector_number = 8,
	};

	req.seg[0].gref = blk_grant(&disk, 1, page, false);
	req.seg[0].last_sect = 7;
	return req;
}

static void check_works(const char *when)
{
	struct blkif_request req = good();

	memset(page, 0, PAGE_SIZE);
	if (blk_submit(&disk, &req) || page[5] != 8 * BLK_WORDS_PER_SECTOR + 5)
		test_failure("after %s: a good request fails, or reads %x", when, page[5]);
}

static void expect_status(const char *what, const struct blkif_request *req, int want)
{
	int got = blk_submit(&disk, req);

	if (got != want)
		test_failure("%s: status %d, not %d", what, got, want);
	check_works(what);
}

static void check_operations(void)
{
	struct blkif_request req = good();

	for (unsigned int op = 4; op < 256; op++) {
		if (op == BLKIF_OP_INDIRECT)
			continue;
		req.operation = (uint8_t)op;
		expect_status("an unknown operation", &req, BLKIF_RSP_EOPNOTSUPP);
	}
}

static void check_ranges(void)
{
	static const uint64_t sectors[] = {
		SECTORS, SECTORS - 7, SECTORS + 1, 1ull << 31, 1ull << 32, 1ull << 55, ~0ull, ~7ull
	};
	static const uint8_t parts[][2] = {{1, 0}, {7, 6}, {0, 8}, {8, 8}, {0, 255}, {255, 255},
					   {255, 7}};
	struct blkif_request req;

	for (unsigned int i = 0; i < ARRAY_SIZE(sectors); i++)
		for (unsigned int op = BLKIF_OP_READ; op <= BLKIF_OP_FLUSH_DISKCACHE; op++) {
			req = good();
			req.operation = (uint8_t)op;
			req.sector_number = sectors[i];
			expect_status("sectors that aren't there", &req, BLKIF_RSP_ERROR);
		}
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		req = good();
		req.seg[0].first_sect = parts[i][0];
		req.seg[0].last_sect = parts[i][1];
		expect_status("more than a page", &req, BLKIF_RSP_ERROR);
	}
	for (unsigned int nr = 0; nr < 256; nr += nr ? 1 : BLKIF_MAX_SEGMENTS_PER_REQUEST + 1) {
		req = good();
		req.nr_segments = (uint8_t)nr;
		expect_status("a bad number of segments", &req, BLKIF_RSP_ERROR);
	}
}

static void check_grants(void)
{
	struct blkif_request req = good();

	blk_grant(&disk, 1, page, true);
	expect_status("read into what is granted read-only", &req, BLKIF_RSP_ERROR);
	req = good();
	req.seg[0].gref = FIRST_REF + 9; /* never granted */
	expect_status("no grant", &req, BLKIF_RSP_ERROR);
	req.seg[0].gref = 1u << 20;
	expect_status("a reference behind the table", &req, BLKIF_RSP_ERROR);
	req.seg[0].gref = ~0u;
	expect_status("the last reference", &req, BLKIF_RSP_ERROR);
	req = good();
	grants[FIRST_REF + 1].domid = 2;
	expect_status("granted to another", &req, BLKIF_RSP_ERROR);
	req = good();
	grants[FIRST_REF + 1].frame = 1; /* not this domain's */
	expect_status("a frame that isn't its own", &req, BLKIF_RSP_ERROR);
	req = good();
	grants[FIRST_REF + 1].frame = mm_pfn_to_mfn(mm_virt_to_pfn(start_info->pt_base));
	expect_status("read into a page table", &req, BLKIF_RSP_ERROR);
}

static void submit_indirect(const char *what, struct blkif_request_indirect req, int want)
{
	struct blkif_request raw = {0};

	memcpy(&raw, &req, sizeof(req));
	expect_status(what, &raw, want);
}

static void check_indirect(void)
{
	struct blkif_request_indirect req = {
		.operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_READ, .nr_segments = 1,
		.id = 5, .sector_number = 16,
	}, bad;

	list[0] = good().seg[0];
	req.indirect_grefs[0] = blk_grant(&disk, 2, list, true);
	submit_indirect("indirect", req, BLKIF_RSP_OKAY);
	bad = req;
	bad.nr_segments = 0;
	submit_indirect("indirect, no segment", bad, BLKIF_RSP_ERROR);
	bad.nr_segments = 33;
	submit_indirect("indirect, one too many", bad, BLKIF_RSP_ERROR);
	bad.nr_segments = 65535;
	submit_indirect("indirect, many", bad, BLKIF_RSP_ERROR);
	bad = req;
	bad.indirect_op = BLKIF_OP_INDIRECT;
	submit_indirect("indirect indirect", bad, BLKIF_RSP_EOPNOTSUPP);
	bad.indirect_op = BLKIF_OP_FLUSH_DISKCACHE;
	submit_indirect("indirect flush", bad, BLKIF_RSP_EOPNOTSUPP);
	bad = req;
	bad.indirect_grefs[0] = ~0u;
	submit_indirect("indirect, nowhere", bad, BLKIF_RSP_ERROR);
	list[0].last_sect = 9;
	submit_indirect("indirect, more than a page", req, BLKIF_RSP_ERROR);
}

/* An index that would mean more requests than there are places. */
static void check_ring(uint32_t jump)
{
	uint64_t end_ns = system_time_ns() + 10000000000ull;
	const char *wrong;

	disk.req_prod += jump;
	blk_push(&disk);
	while (blk_state(&disk) != XenbusStateClosing && system_time_ns() < end_ns)
		sched_yield();
	TEST_EQUAL("state after a bad index", blk_state(&disk), XenbusStateClosing);
	wrong = blk_close(&disk);
	if (!wrong)
		wrong = blk_open(&disk, BLK_XVDA, grants, FIRST_REF);
	if (wrong)
		test_failure("connecting again: %s", wrong);
	else
		check_works("a bad index");
}

/* States that ask for nothing leave a connected disk as it is. */
static void check_front_end_keys(void)
{
	static const unsigned int states[] = {XenbusStateInitWait, XenbusStateReconfiguring,
					      XenbusStateReconfigured, XenbusStateConnected};

	for (unsigned int i = 0; i < ARRAY_SIZE(states); i++)
		blk_set_state(&disk, states[i]);
	check_works("odd states");
}

static void say(const char *key, const char *value)
{
	char body[128], reply[XENSTORE_PAYLOAD_MAX + 1];
	size_t len, head = (size_t)guest_snprintf(body, sizeof(body), "device/vbd/%u/%s", BLK_XVDA,
						  key) + 1;

	memcpy(body + head, value, strlen(value));
	if (xs_request(XS_WRITE, 0, body, head + strlen(value), reply, &len) != XS_WRITE)
		test_error("%s can't be written", key);
}

/* Whatever its keys say, a domain is connected to its own disk. */
static void check_neighbours_disk(void)
{
	const char *number = strchr((const char *)start_info->cmd_line, ' ') + 1;
	char front[64], back[64], reply[XENSTORE_PAYLOAD_MAX + 1];
	struct blkif_request req = good();
	const char *wrong;
	size_t len;

	guest_snprintf(front, sizeof(front), "/local/domain/%s/device/vbd/51712/state", number);
	guest_snprintf(back, sizeof(back), "/local/domain/0/backend/vbd/%s/51712/state", number);
	TEST_EQUAL("the neighbour's front end",
		   xs_request(XS_READ, 0, front, strlen(front) + 1, reply, &len), XS_ERROR);
	TEST_EQUAL("its back end",
		   xs_request(XS_READ, 0, back, strlen(back) + 1, reply, &len), XS_ERROR);
	/* A mark on the own disk, by which it is known. */
	memset(page, 0xd1, PAGE_SIZE);
	req.operation = BLKIF_OP_WRITE;
	TEST_EQUAL("a mark", blk_submit(&disk, &req), BLKIF_RSP_OKAY);
	wrong = blk_close(&disk);
	say("frontend-id", number);
	say("virtual-device", "51728");
	if (!wrong)
		wrong = blk_open(&disk, BLK_XVDA, grants, FIRST_REF);
	if (wrong) {
		test_failure("after naming another's: %s", wrong);
		return;
	}
	req = good();
	memset(page, 0, PAGE_SIZE);
	TEST_EQUAL("read", blk_submit(&disk, &req), BLKIF_RSP_OKAY);
	TEST_CHECK(page[5] == 0xd1d1d1d1, "its own disk holds %x", page[5]);
}

static void be_hostile(void)
{
	check_operations();
	check_ranges();
	check_grants();
	check_indirect();
	check_front_end_keys();
	check_ring(1000);
	check_ring((uint32_t)-1);
	check_ring(33);
	check_neighbours_disk();
}

/* Its own numbers all the time, however the other one behaves. */
static void be_the_neighbour(void)
{
	struct blkif_request req;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		req = good();
		req.sector_number = i % (SECTORS / 8) * 8;
		TEST_EQUAL("the neighbour's read", blk_submit(&disk, &req), BLKIF_RSP_OKAY);
		for (unsigned int w = 0; w < 1024; w++)
			if (page[w] != req.sector_number * BLK_WORDS_PER_SECTOR + w) {
				test_failure("the neighbour reads %x", page[w]);
				return;
			}
	}
}

void test_main(void)
{
	const char *wrong = xs_open() ? "no store ring" : NULL;

	grants = grant_table_setup();
	page = mm_page_alloc();
	list = mm_page_alloc();
	if (!wrong)
		wrong = blk_open(&disk, BLK_XVDA, grants, FIRST_REF);
	if (wrong)
		test_failure("%s", wrong);
	else if (!strncmp((const char *)start_info->cmd_line, "hostile ", 8))
		be_hostile();
	else
		be_the_neighbour();
}
