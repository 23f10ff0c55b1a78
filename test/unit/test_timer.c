/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * The timer queue against a plain search.
 *
 *	SOURCES: hv/platform/timerq.c
 * See: ABI 5.2
 */
#include "harness.h"
#include "platform/timerq.h"

#define NR_TIMERS 200

static struct timerq queue;
static struct timer timers[NR_TIMERS];

static void check_heap(void)
{
	unsigned int armed = 0;
	u64 least = ~0ULL;

	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		if (!timers[i].armed)
			continue;
		armed++;
		least = MIN(least, timers[i].expires_ns);
		ck_assert_ptr_eq(queue.heap[timers[i].heap_slot], &timers[i]);
	}
	ck_assert_uint_eq(queue.nr, armed);
	for (unsigned int i = 1; i < queue.nr; i++)
		ck_assert(queue.heap[(i - 1) / 2]->expires_ns <= queue.heap[i]->expires_ns);
	if (armed)
		ck_assert_uint_eq(timerq_first(&queue)->expires_ns, least);
	else
		ck_assert_ptr_null(timerq_first(&queue));
}

START_TEST(random_adds_and_removes_keep_the_order)
{
	uint64_t state = unit_seed();

	for (int i = 0; i < 20000; i++) {
		struct timer *t = &timers[unit_random_below(&state, NR_TIMERS)];

		if (t->armed) {
			timerq_remove(&queue, t);
		} else {
			t->expires_ns = unit_random_below(&state, 1000);
			timerq_add(&queue, t);
		}
		if (i % 16 == 0)
			check_heap();
	}
	check_heap();
}
END_TEST

START_TEST(they_come_out_in_order)
{
	u64 last = 0;

	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		timers[i].expires_ns = (i * 7919u) % 1000;
		timerq_add(&queue, &timers[i]);
	}
	while (timerq_first(&queue)) {
		struct timer *t = timerq_first(&queue);

		ck_assert(t->expires_ns >= last);
		last = t->expires_ns;
		timerq_remove(&queue, t);
	}
}
END_TEST

START_TEST(adding_twice_is_a_bug)
{
	timerq_add(&queue, &timers[0]);
	timerq_add(&queue, &timers[0]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timer");
	TCase *tc = tcase_create("queue");

	tcase_add_test(tc, random_adds_and_removes_keep_the_order);
	tcase_add_test(tc, they_come_out_in_order);
	tcase_add_test_raise_signal(tc, adding_twice_is_a_bug, 6);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
