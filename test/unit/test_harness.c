/* SPDX-License-Identifier: MIT */
/* The unit tests' own helpers: a generator that repeats, and stays in range. */
#include "harness.h"

START_TEST(same_seed_gives_same_numbers)
{
	uint64_t a = unit_seed(), b = unit_seed();

	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(unit_random(&a), unit_random(&b));
}
END_TEST

START_TEST(random_below_stays_below)
{
	uint64_t state = unit_seed();
	uint32_t seen = 0;

	for (int i = 0; i < 1000; i++) {
		uint32_t n = unit_random_below(&state, 5);

		ck_assert_uint_lt(n, 5);
		seen |= 1u << n;
	}
	ck_assert_uint_eq(seen, 0x1f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("harness");
	TCase *tc = tcase_create("random");

	tcase_add_test(tc, same_seed_gives_same_numbers);
	tcase_add_test(tc, random_below_stays_below);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
