// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that reboots is built anew only when nobody maps memory of
 * its last life, a page that it shares with the monitor included; so two of
 * them can't fill the machine with what they were.
 * Rule: the ledger of frames balances after every life, however it ends.
 * See: ABI 5.4, 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/xs_client.h"

#define REF	   20
#define REF_SHARED 21
#define WAIT_NS	   100000000ull

/* The first domain's number in its first life, from the end of the command line. */
static bool is_first_life(void)
{
	static char reply[XENSTORE_PAYLOAD_MAX + 1];
	const char *line = (const char *)start_info->cmd_line, *last = line;
	size_t len;

	for (; *line; line++)
		if (*line == ' ')
			last = line + 1;
	if (xs_open() || xs_request(XS_READ, 0, "domid", 6, reply, &len) != XS_READ)
		test_error("no store");
	return !strcmp(reply, last);
}

static void mapper(struct pair *p)
{
	struct grant_mapping page, shared;

	pair_meet(p, 2);
	TEST_EQUAL("map", grant_map(&page, p->peer, REF, true), 0);
	TEST_EQUAL("map shared_info", grant_map(&shared, p->peer, REF_SHARED, false), 0);
	pair_meet(p, 3);
	pair_wait_end(p);
	sched_poll(NULL, 0, system_time_ns() + WAIT_NS);
	TEST_EQUAL("contents after its end", *(volatile uint32_t *)page.va, 0xdead);
	TEST_EQUAL("unmap", grant_unmap(&page), 0);
	debug_printf("shared_info is mapped\n");
	sched_poll(NULL, 0, system_time_ns() + WAIT_NS);
	debug_printf("nothing is mapped\n");
	/* One as it should be, one by a plain entry: then only its handle is left. */
	TEST_EQUAL("unmap shared_info", grant_unmap(&shared), 0);
	TEST_EQUAL("clear the entry of the pair's page", mm_unmap((unsigned long)p->page), 0);
	sched_poll(NULL, 0, system_time_ns() + WAIT_NS);
}

void test_main(void)
{
	uint32_t *page;
	struct pair p;

	if (!memcmp((const char *)start_info->cmd_line, "first", 5) && !is_first_life())
		return;
	pair_connect(&p);
	if (!p.first) {
		mapper(&p);
		return;
	}
	page = mm_page_alloc();
	page[0] = 0xdead;
	pair_grant(&p, REF, mm_virt_to_mfn((unsigned long)page), 0);
	pair_grant(&p, REF_SHARED, start_info->shared_info >> 12, 0);
	pair_meet(&p, 2);
	pair_meet(&p, 3);
	guest_shutdown(SHUTDOWN_reboot);
}
