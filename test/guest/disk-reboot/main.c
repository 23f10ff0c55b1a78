// SPDX-License-Identifier: MIT
/*
 * Claim: what a domain wrote to its disk is there after it was rebooted, and a
 * domain that ends in the midst of its requests leaves no event channel, mapped
 * ring or frame behind with the initial domain.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

#define LIVES	3
#define MAGIC	0xd15cb007u
#define SECTOR	24
#define IN_MIDST 31

/* What one life writes for the next. */
struct note {
	uint32_t magic, life, port;
};

static struct blk disk, drive; /* a boot module's, and a partition */

/* The initial domain's end of our channel: it takes the lowest that is free. */
static uint32_t its_port(void)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = disk.port};

	if (hypercall_event_channel_op(EVTCHNOP_status, &status) ||
	    status.status != EVTCHNSTAT_interdomain)
		test_failure("the channel isn't connected");
	return status.u.interdomain.port;
}

/* Fill a ring, and tell the back end. */
static void ask_for_much(struct blk *b, unsigned int op, void *page)
{
	struct blkif_request req = {
		.operation = (uint8_t)op, .nr_segments = 11, .sector_number = 100
	};

	for (unsigned int i = 0; i < 11; i++)
		req.seg[i] = (struct blkif_request_segment){
			.gref = blk_grant(b, i + 1, page, false), .last_sect = 7
		};
	for (unsigned int i = 0; i < IN_MIDST; i++)
		blk_put(b, &req);
	blk_push(b);
}

/* Gone before it is done: the drive, at least, has only begun. */
static void reboot_in_midst(void *page, uint32_t life)
{
	struct blkif_response rsp;

	ask_for_much(&disk, BLKIF_OP_READ, page);
	ask_for_much(&drive, life & 1 ? BLKIF_OP_WRITE_BARRIER : BLKIF_OP_READ, page);
	blk_take(&drive, &rsp);
	guest_shutdown(SHUTDOWN_reboot);
}

void test_main(void)
{
	struct grant_entry_v1 *grants = grant_table_setup();
	struct note *note = mm_page_alloc();
	const char *wrong = xs_open() ? "no store ring" : NULL;
	uint32_t port;

	if (!wrong)
		wrong = blk_open(&disk, BLK_XVDA, grants, 16);
	if (!wrong)
		wrong = blk_open(&drive, BLK_XVDB, grants, 16 + BLK_REFS);
	if (wrong) {
		test_failure("%s", wrong);
		return;
	}
	port = its_port();
	TEST_EQUAL("read", blk_pages(&disk, BLKIF_OP_READ, SECTOR, (void *const *)&note, 1), 0);
	if (note->magic != MAGIC) {
		TEST_EQUAL("the image", note->magic, SECTOR * BLK_WORDS_PER_SECTOR);
		*note = (struct note){.magic = MAGIC, .port = port};
	}
	TEST_EQUAL("the initial domain's port", port, note->port);
	if (++note->life == LIVES)
		return;
	TEST_EQUAL("write", blk_pages(&disk, BLKIF_OP_WRITE_BARRIER, SECTOR, (void *const *)&note,
				      1), 0);
	reboot_in_midst(note, note->life);
}
