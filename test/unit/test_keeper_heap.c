/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * keeper's heap: what it hands out is aligned, inside the arena, and nobody
 * else's; what comes back is joined and handed out again.
 * See: ABI 1.4
 *
 * SOURCES: pvops-guest/keeper/heap.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/heap.h"

#define ARENA_BYTES 65536
#define PIECES	    400
#define NR_STEPS    50000

static struct heap heap;
static char *arena;

static void setup(void)
{
	/* Exactly as large: ASan sees every byte outside. */
	arena = malloc(ARENA_BYTES);
	heap_init(&heap, arena, ARENA_BYTES);
}

static void teardown(void)
{
	free(arena);
}

static struct {
	unsigned char *data;
	size_t len;
	unsigned char fill;
} pieces[PIECES];

static void check_and_free(unsigned int i)
{
	size_t at = 0;

	while (at < pieces[i].len && pieces[i].data[at] == pieces[i].fill)
		at++;
	ck_assert_uint_eq(at, pieces[i].len);
	heap_free(&heap, pieces[i].data);
	pieces[i].data = NULL;
}

START_TEST(random_pieces_never_overlap)
{
	uint64_t state = unit_seed();
	unsigned int refused = 0;

	for (int step = 0; step < NR_STEPS; step++) {
		unsigned int i = unit_random_below(&state, PIECES);

		if (pieces[i].data) {
			check_and_free(i);
			continue;
		}
		pieces[i].len =
			unit_random_below(&state, unit_random_below(&state, 8) ? 200 : 4000);
		pieces[i].data = heap_alloc(&heap, pieces[i].len);
		pieces[i].fill = step;
		if (!pieces[i].data) {
			refused++;
			continue;
		}
		ck_assert_uint_eq((uintptr_t)pieces[i].data % 8, 0);
		memset(pieces[i].data, pieces[i].fill, pieces[i].len);
	}
	ck_assert_uint_gt(refused, 0);
	for (unsigned int i = 0; i < PIECES; i++)
		if (pieces[i].data)
			check_and_free(i);
	ck_assert_uint_eq(heap_used(&heap), 0);
	/* All of it is one block again. */
	ck_assert_ptr_nonnull(heap_alloc(&heap, ARENA_BYTES - 8));
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
	ck_assert_ptr_null(heap_alloc(&heap, ARENA_BYTES - 7));
	ck_assert_ptr_null(heap_alloc(&heap, ARENA_BYTES + 1));
	ck_assert_ptr_null(heap_alloc(&heap, SIZE_MAX));
	ck_assert_ptr_nonnull(heap_alloc(&heap, 0));
	heap_free(&heap, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper heap");
	TCase *tcase = tcase_create("heap");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, random_pieces_never_overlap);
	tcase_add_test(tcase, impossible_sizes_are_refused);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
