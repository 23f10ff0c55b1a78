// SPDX-License-Identifier: MIT
/*
 * Claim: what a domain granted outlives it for as long as somebody maps it, as
 * it was; then the frames come back, and nothing more can be mapped.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define REF 20

static void mapper(struct pair *p)
{
	struct grant_mapping rw, ro;
	struct trap_result result;
	volatile uint32_t *page, *same;
	uint32_t word;

	pair_meet(p, 2);
	TEST_EQUAL("map", grant_map(&rw, p->peer, REF, true), 0);
	TEST_EQUAL("map again", grant_map(&ro, p->peer, REF, false), 0);
	page = rw.va;
	same = ro.va;
	pair_meet(p, 3);
	pair_wait_end(p);
	/* Whatever the machine does with free memory meanwhile. */
	for (unsigned int i = 0; i < 50; i++) {
		TEST_EQUAL("contents after its death", page[0], 0xdead);
		page[1] = i;
		TEST_EQUAL("a store after its death", same[1], i);
		sched_poll(NULL, 0, system_time_ns() + 2000000);
	}
	TEST_EQUAL("send to the dead", event_send(p->port), 0);
	TEST_CHECK(event_bind_interdomain(p->peer, 3) < 0, "bound to the dead");
	TEST_EQUAL("unmap", grant_unmap(&rw), 0);
	TEST_EQUAL("contents by the other mapping", same[0], 0xdead);
	TEST_EQUAL("unmap the last", grant_unmap(&ro), 0);
	TEST_CHECK(probe_read32((unsigned long)same, &word, &result) && word != 0xdead,
		   "the frame is still there");
	TEST_CHECK(grant_map(&rw, p->peer, REF, true) < 0, "mapped a page of the dead");
}

void test_main(void)
{
	struct pair p;
	uint32_t *page;

	pair_connect(&p);
	if (!p.first) {
		mapper(&p);
		return;
	}
	page = mm_page_alloc();
	page[0] = 0xdead;
	pair_grant(&p, REF, mm_virt_to_mfn((unsigned long)page), 0);
	pair_meet(&p, 2);
	pair_meet(&p, 3);
}
