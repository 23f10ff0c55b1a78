// SPDX-License-Identifier: MIT
/*
 * Claim: partitions of an ATA drive are disks as images are, and what is
 * written to one is on the drive when the machine has been off.
 * See: ABI 6.2, 6.5
 *
 * Each boot counts in the third partition's first sector, and says so.
 *
 * Rule: the ports that another domain has open are closed to this one.
 * See: ABI 4.7, 6.2
 */

#include "pvops-guest/lib/blk_client.h"
#include "pvops-guest/lib/blk_test.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/port.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/xs_client.h"

#define XVDC	(BLK_XVDB + 16)
#define TAG	(2u << 24) /* the image's first word there */
#define COUNTED 0xc0u
#define ATA_STATUS 0x1f7

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

static void read_status(void *status)
{
	*(uint8_t *)status = port_read8(ATA_STATUS);
}

/* While its server has the drive's ports open. */
static void check_ports(void)
{
	static uint8_t bitmap[8192] __attribute__((aligned(4096)));
	struct trap_result r;
	uint8_t status = 0;

	TEST_CHECK(trap_catch(read_status, &status, &r) && r.vector == VECTOR_GP,
		   "the drive's status is %x", status);
	TEST_EQUAL("all open", port_set_bitmap(bitmap, 65536), 0);
	TEST_CHECK(trap_catch(read_status, &status, &r) && r.vector == VECTOR_GP,
		   "with a bitmap the drive's status is %x", status);
	TEST_EQUAL("IOPL", port_set_iopl(1), 0);
	TEST_CHECK(!trap_catch(read_status, &status, &r) && status == 0xff,
		   "with IOPL 1 the drive's status is %x", status);
}

void test_main(void)
{
	struct grant_entry_v1 *grants = grant_table_setup();

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	blk_test_disks(grants);
	check_ports();
	count_boots(grants);
}
