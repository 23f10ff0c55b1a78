// SPDX-License-Identifier: MIT
/*
 * Claim: when a domain dies, what it had mapped of another's is that one's
 * alone again: no use bits, no references.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"

#define REF 20

static void granter(struct pair *p)
{
	unsigned long va = (unsigned long)mm_page_alloc(), mfn = mm_virt_to_mfn(va);
	uint64_t end_ns;

	pair_grant(p, REF, mfn, 0);
	pair_grant(p, REF + 1, mfn, GTF_readonly);
	pair_meet(p, 2);
	pair_meet(p, 3);
	TEST_EQUAL("use bits", p->grants[REF].flags,
		   GTF_permit_access | GTF_reading | GTF_writing);
	TEST_EQUAL("use bits of the read-only one", p->grants[REF + 1].flags,
		   GTF_permit_access | GTF_readonly | GTF_reading);
	TEST_EQUAL("own mapping read-only", mm_set_readonly(va), 0);
	pair_wait_end(p);
	end_ns = system_time_ns() + 20000000000ull;
	while (mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn)) {
		if (system_time_ns() > end_ns) {
			test_failure("the page stays in use");
			return;
		}
		sched_poll(NULL, 0, system_time_ns() + 10000000);
	}
	TEST_EQUAL("unpin", mm_ext_op(MMUEXT_UNPIN_TABLE, mfn), 0);
	TEST_EQUAL("use bits afterwards", p->grants[REF].flags, GTF_permit_access);
	TEST_EQUAL("use bits of the read-only one afterwards", p->grants[REF + 1].flags,
		   GTF_permit_access | GTF_readonly);
	TEST_EQUAL("use bits of the pair's page", p->grants[8].flags, GTF_permit_access);
}

void test_main(void)
{
	struct grant_mapping rw, ro, again;
	struct pair p;

	pair_connect(&p);
	if (p.first) {
		granter(&p);
		return;
	}
	pair_meet(&p, 2);
	TEST_EQUAL("map", grant_map(&rw, p.peer, REF, true), 0);
	TEST_EQUAL("map read-only", grant_map(&ro, p.peer, REF + 1, false), 0);
	TEST_EQUAL("map again", grant_map(&again, p.peer, REF, true), 0);
	pair_meet(&p, 3);
}
