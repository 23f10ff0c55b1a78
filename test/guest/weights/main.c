// SPDX-License-Identifier: MIT
/*
 * Claim: of two domains that both want all of the CPU, the one with three
 * times the weight gets three times as much.
 * See: ABI 5.4
 */

#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"

#define SPAN_NS 1200000000ull
#define RATIO 3

void test_main(void)
{
	uint64_t end_ns, rounds = 0;
	uint32_t mine, other;
	struct pair p;

	pair_connect(&p);
	/* Both count until the same moment, which the first names. */
	if (p.first) {
		end_ns = system_time_ns() + SPAN_NS;
		p.page[PAIR_WORDS] = (uint32_t)end_ns;
		p.page[PAIR_WORDS + 1] = (uint32_t)(end_ns >> 32);
	}
	pair_meet(&p, 2);
	end_ns = p.page[PAIR_WORDS] | (uint64_t)p.page[PAIR_WORDS + 1] << 32;
	while (system_time_ns() < end_ns)
		rounds++;
	p.page[PAIR_WORDS + (p.first ? 2 : 3)] = (uint32_t)rounds;
	pair_meet(&p, 3);
	mine = p.page[PAIR_WORDS + 2];
	other = p.page[PAIR_WORDS + 3];
	if (p.first)
		debug_printf("%u rounds against %u\n", mine, other);
	TEST_CHECK(other > 100, "no work was done");
	TEST_CHECK(mine > other * (RATIO * 10 - 4) / 10 && mine < other * (RATIO * 10 + 4) / 10,
		   "%u rounds against %u aren't three times as many", mine, other);
	pair_meet(&p, 4);
}
