/* SPDX-License-Identifier: MIT */
/*
 * The trace ring against a reader that sees what Xen's tools see: prod, cons
 * and bytes. Wrapping, a reader that is slow, absent, or writes nonsense.
 * SOURCES: hv/platform/trace.c
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#include "platform/trace.h"

#include <xen/trace.h>

#define BYTES 4096u
#define DATA (BYTES - 8)
#define RECS 127u /* DATA / 32 */

static u8 memory[BYTES] __aligned(4096);
static struct trace_ring ring;
static u32 next_number;

static void setup(void)
{
	memset(memory, 0, sizeof(memory));
	trace_ring_init(&ring, memory, BYTES);
	next_number = 0;
}

static void put(unsigned int nr)
{
	while (nr--) {
		*trace_ring_claim(&ring) =
			(struct trace_rec){ .header = 5u << 28 | 1u << 31 | TRACE_EVENTS,
					    .arg = { next_number++ } };
		trace_ring_publish(&ring);
	}
}

/* As xentrace: everything between cons and prod; the numbers in it must follow on. */
static unsigned int read_all(u32 first)
{
	struct trace_shared *s = ring.shared;
	const u8 *data = (const u8 *)s->rec;
	unsigned int nr = 0;

	while (s->cons != s->prod) {
		const u32 *word = (const void *)&data[s->cons % DATA];
		u32 header = *word;
		u32 bytes = 4 + 4 * (header >> 28 & 7) + (header >> 31 ? 8 : 0);

		ck_assert_uint_le(s->cons % DATA + bytes, DATA);
		if ((header & 0xfffffff) == TRC_TRACE_WRAP_BUFFER)
			ck_assert_uint_eq(s->cons % DATA, RECS * 32);
		else
			ck_assert_uint_eq(((const struct trace_rec *)(const void *)word)->arg[0],
					  first + nr++);
		s->cons = (s->cons + bytes) % (2 * DATA);
	}
	return nr;
}

START_TEST(reader_keeps_up)
{
	u32 read = 0;

	for (unsigned int i = 1; i < 400; i++) {
		put(i % RECS);
		read += read_all(read);
		ck_assert_uint_eq(read, next_number);
	}
	ck_assert_uint_eq(ring.lost, 0);
	ck_assert_uint_eq(trace_ring_written(&ring), next_number);
}
END_TEST

START_TEST(exactly_full_loses_nothing)
{
	put(RECS);
	ck_assert_uint_eq(ring.lost, 0);
	ck_assert_uint_eq(read_all(0), RECS);
	put(RECS);
	ck_assert_uint_eq(ring.lost, 0);
	ck_assert_uint_eq(read_all(RECS), RECS);
}
END_TEST

/* The newest stay, and every one that went is counted. */
START_TEST(overflow_keeps_the_newest)
{
	static const unsigned int more[] = { 1, 2, RECS - 1, RECS, RECS + 1, 1000, 12345 };
	u64 lost = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(more); i++) {
		put(RECS + more[i]);
		lost += more[i];
		ck_assert_uint_eq(ring.lost, lost);
		ck_assert_uint_eq(read_all(next_number - RECS), RECS);
	}
}
END_TEST

START_TEST(half_full_is_told_once)
{
	put(RECS / 2);
	ck_assert(!ring.tell_reader);
	put(3);
	ck_assert(ring.tell_reader);
	ring.tell_reader = false;
	put(10);
	ck_assert(!ring.tell_reader);
	read_all(0);
	put(RECS / 2 + 3);
	ck_assert(ring.tell_reader);
}
END_TEST

/* Whatever stands in cons: nothing outside the ring is touched (ASan), and it goes on. */
START_TEST(reader_gone_mad)
{
	static const u32 values[] = { 0, 1, 31, DATA - 1, DATA, 2 * DATA - 1, 2 * DATA,
				      0x7fffffff, 0x80000000, 0xffffffff };

	for (unsigned int i = 0; i < 20000; i++) {
		if (random() % 3 == 0)
			ring.shared->cons = random() % 2 ? values[random() % ARRAY_SIZE(values)]
							 : (u32)random();
		ring.shared->prod = (u32)random(); /* the reader may write this too */
		put((unsigned int)random() % 4);
	}
	ring.shared->cons = ring.shared->prod;
	put(5);
	ck_assert_uint_eq(read_all(next_number - 5), 5);
}
END_TEST

START_TEST(stamped_and_shaped_as_xen_has_it)
{
	const struct t_rec *rec;

	trace_ring = ring;
	trace_write_words(trace_event_id(TRACE_HYPERCALL, 29), 7, 0x123456789abcdef0ULL, 42);
	ring = trace_ring;
	rec = (const void *)ring.shared->rec;
	ck_assert_uint_eq(rec->event, 0x0020411d);
	ck_assert_uint_eq(rec->extra_u32, 5);
	ck_assert_uint_eq(rec->cycles_included, 1);
	ck_assert_uint_ne(rec->u.cycles.cycles_lo, 0);
	ck_assert_uint_eq(rec->u.cycles.extra_u32[0], 7);
	ck_assert_uint_eq(rec->u.cycles.extra_u32[1], 0x9abcdef0);
	ck_assert_uint_eq(rec->u.cycles.extra_u32[2], 0x12345678);
	ck_assert_uint_eq(rec->u.cycles.extra_u32[3], 42);
	ck_assert_uint_eq(ring.shared->prod, sizeof(struct trace_rec));
}
END_TEST

/* Counted always, recorded only what is asked for. */
START_TEST(counted_though_off)
{
	trace_mask = 0;
	ck_assert(!trace_hit(TRACE_TRAP, 14));
	trace_mask = 1u << TRACE_TRAP;
	ck_assert(trace_hit(TRACE_TRAP, 14));
	ck_assert(!trace_hit(TRACE_BOUNCE, 14));
	trace_mask = 0;
	ck_assert_uint_eq(trace_counts[TRACE_TRAP << 8 | 14], 2);
	ck_assert_uint_eq(trace_counts[TRACE_BOUNCE << 8 | 14], 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("trace");
	TCase *tc = tcase_create("ring");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, reader_keeps_up);
	tcase_add_test(tc, exactly_full_loses_nothing);
	tcase_add_test(tc, overflow_keeps_the_newest);
	tcase_add_test(tc, half_full_is_told_once);
	tcase_add_test(tc, reader_gone_mad);
	tcase_add_test(tc, stamped_and_shaped_as_xen_has_it);
	tcase_add_test(tc, counted_though_off);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
