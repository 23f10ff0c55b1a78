/* SPDX-License-Identifier: MIT */
/*
 * The unit tests' shared part: runner, seed, random numbers, and the monitor's
 * bug() for host builds. Linked into every program of test/unit.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

uint64_t unit_seed(void)
{
	const char *text = getenv("RINGLET_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 0;

	/* Zero is the one state from which the generator never leaves. */
	return seed ? seed : 0x52696e676c657421ull;
}

uint64_t unit_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

uint32_t unit_random_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(((unit_random(state) >> 32) * limit) >> 32);
}

/* What BUG_ON and ASSERT call: the test that ran into it fails by a signal. */
__attribute__((weak, noreturn)) void bug(const char *file, int line, const char *what);
void bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: BUG: %s\n", file, line, what);
	abort();
}
