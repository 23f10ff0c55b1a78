// SPDX-License-Identifier: MIT
/*
 * Claim: what a domain granted outlives it, and its giving the frame away, for
 * as long as somebody maps it, as it was; then the frames come back, and
 * nothing more can be mapped.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define REF	  20
#define REF_GIVEN 21

static void mapper(struct pair *p)
{
	struct grant_mapping rw, ro, given;
	struct trap_result result;
	volatile uint32_t *page, *same;
	uint32_t word;

	pair_meet(p, 2);
	TEST_EQUAL("map", grant_map(&rw, p->peer, REF, true), 0);
	TEST_EQUAL("map again", grant_map(&ro, p->peer, REF, false), 0);
	TEST_EQUAL("map what is given away", grant_map(&given, p->peer, REF_GIVEN, true), 0);
	page = rw.va;
	same = ro.va;
	pair_meet(p, 3);
	pair_meet(p, 4);
	TEST_EQUAL("contents once it is given away", *(volatile uint32_t *)given.va, 0xbeef);
	TEST_EQUAL("unmap it", grant_unmap(&given), 0);
	TEST_CHECK(grant_map(&given, p->peer, REF_GIVEN, true) < 0, "mapped what is given away");
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

/* Give a frame back while the other maps it, and fill whatever comes instead. */
static void give_away(unsigned long va)
{
	struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
	xen_pfn_t frame = mm_virt_to_mfn(va), pfn = mm_virt_to_pfn(va);

	TEST_EQUAL("unmap", mm_unmap(va), 0);
	set_xen_guest_handle(op.extent_start, &frame);
	TEST_EQUAL("decrease_reservation",
		   hypercall_memory_op(XENMEM_decrease_reservation, &op), 1);
	set_xen_guest_handle(op.extent_start, &pfn);
	/* It may be refused, as the old frame still counts. */
	if (hypercall_memory_op(XENMEM_populate_physmap, &op) != 1)
		return;
	TEST_CHECK(pfn != frame, "a mapped frame was handed out again");
	TEST_EQUAL("map the new frame", mm_map(va, pfn, PTE_RW | PTE_D), 0);
	memset((void *)va, 0x5a, PAGE_SIZE);
}

void test_main(void)
{
	uint32_t *page, *given;
	struct pair p;

	pair_connect(&p);
	if (!p.first) {
		mapper(&p);
		return;
	}
	page = mm_page_alloc();
	page[0] = 0xdead;
	pair_grant(&p, REF, mm_virt_to_mfn((unsigned long)page), 0);
	given = mm_page_alloc();
	given[0] = 0xbeef;
	pair_grant(&p, REF_GIVEN, mm_virt_to_mfn((unsigned long)given), 0);
	pair_meet(&p, 2);
	pair_meet(&p, 3);
	give_away((unsigned long)given);
	pair_meet(&p, 4);
}
