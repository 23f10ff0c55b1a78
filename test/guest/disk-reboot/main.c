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

static struct blk disk;

/* The initial domain's end of our channel: it takes the lowest that is free. */
static uint32_t its_port(void)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = disk.port};

	if (hypercall_event_channel_op(EVTCHNOP_status, &status) ||
	    status.status != EVTCHNSTAT_interdomain)
		test_failure("the channel isn't connected");
	return status.u.interdomain.port;
}

/* Fill the ring, tell the back end, and be gone before it is done. */
static void reboot_in_midst(void *page)
{
	struct blkif_request req = {.operation = BLKIF_OP_READ, .nr_segments = 11};

	for (unsigned int i = 0; i < 11; i++)
		req.seg[i] = (struct blkif_request_segment){
			.gref = blk_grant(&disk, i + 1, page, false), .last_sect = 7
		};
	for (unsigned int i = 0; i < IN_MIDST; i++)
		blk_put(&disk, &req);
	blk_push(&disk);
	guest_shutdown(SHUTDOWN_reboot);
}

void test_main(void)
{
	struct note *note = mm_page_alloc();
	const char *wrong = xs_open() ? "no store ring" : NULL;
	uint32_t port;

	if (!wrong)
		wrong = blk_open(&disk, BLK_XVDA, grant_table_setup(), 16);
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
	reboot_in_midst(note);
}
