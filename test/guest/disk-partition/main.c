// SPDX-License-Identifier: MIT
/*
 * Claim: partitions of an ATA drive are disks as images are, and what is
 * written to one is on the drive when the machine has been off.
 * See: ABI 6.2, 6.5
 *
 * Each boot counts in the third partition's first sector, and says so.
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/blk_test.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

#define XVDC	(BLK_XVDB + 16)
#define TAG	(2u << 24) /* the image's first word there */
#define COUNTED 0xc0u

static void count_boots(struct grant_entry_v1 *grants)
{
	static struct blk disk;
	const char *wrong = blk_open(&disk, XVDC, grants, 48);
	uint32_t *page = mm_page_alloc();

	if (wrong || !page) {
		test_failure("%s", wrong ? wrong : "no memory");
		return;
	}
	TEST_EQUAL("read", blk_pages(&disk, BLKIF_OP_READ, 0, (void *const *)&page, 1), 0);
	if (page[0] == TAG)
		page[0] = COUNTED << 24;
	TEST_EQUAL("the mark", page[0] >> 24, COUNTED);
	TEST_EQUAL("the second word", page[1], TAG + 1);
	page[0]++;
	TEST_EQUAL("write", blk_pages(&disk, BLKIF_OP_WRITE, 0, (void *const *)&page, 1), 0);
	TEST_EQUAL("flush", blk_flush(&disk), 0);
	debug_printf("boot number %u of this drive\n", page[0] & 0xffffff);
}

void test_main(void)
{
	struct grant_entry_v1 *grants = grant_table_setup();

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	blk_test_disks(grants);
	count_boots(grants);
}
