// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c
// SOURCES: hv/mm/ptwrite.c hv/mm/relinquish.c hv/x86/decode_exec.c hv/x86/desc.c
// SOURCES: hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * Frames given for others: all of a chunk or nothing, and never one that
 * anything still refers to.
 * See: ABI 2.2
 */
#include "mm_fixture.h"

#define NR 8

static mfn_t in[NR], out[NR];

static int exchange(unsigned int order, unsigned int address_bits)
{
	struct mm_exchange x = {
		.in = in, .nr_frames = NR, .order = order, .address_bits = address_bits, .out = out,
	};

	return mm_exchange_frames(&t.md, &x);
}

static void own_frames(void)
{
	for (unsigned int i = 0; i < NR; i++) {
		in[i] = fixture_frame();
		m2p_set(in[i], PFN(100 + i));
		memset(machine_page(in[i]), 0x77, PAGE_SIZE);
	}
}

/* Nothing has changed, neither for the domain nor for the machine. */
static void check_untouched(unsigned int nr_free, unsigned int nr_own)
{
	ck_assert_uint_eq(machine_nr_free(), nr_free);
	ck_assert_uint_eq(t.md.nr_frames, nr_own);
	for (unsigned int i = 0; i < NR; i++) {
		ck_assert_uint_eq(m2p_get(in[i]).v, 100 + i);
		ck_assert(frame_get(in[i], &t.md));
		frame_put(in[i]);
	}
}

START_TEST(a_run_for_single_frames)
{
	unsigned int nr_free, nr_own;

	own_frames();
	nr_free = machine_nr_free();
	nr_own = (unsigned int)t.md.nr_frames;
	ck_assert_int_eq(exchange(3, 0), 0);
	ck_assert_uint_eq(out[0].v % NR, 0);
	ck_assert_uint_eq(machine_nr_free(), nr_free);
	ck_assert_uint_eq(t.md.nr_frames, nr_own);
	for (unsigned int i = 0; i < NR; i++) {
		ck_assert(!frame_get(in[i], &t.md));
		ck_assert_uint_eq(m2p_get(in[i]).v, INVALID_PFN.v);
		ck_assert(machine_page(MFN(out[0].v + i))[0] == 0);
		ck_assert_int_eq(pt_update_va(&t.ctx, GVA_OF_SLOT(5 + i),
					      entry(MFN(out[0].v + i), PTE_RW)), 0);
	}
}
END_TEST

START_TEST(single_frames_for_a_run)
{
	mfn_t run = mm_alloc_frames(&t.md, 3, 0);

	for (unsigned int i = 0; i < NR; i++)
		in[i] = MFN(run.v + i);
	ck_assert_int_eq(exchange(0, 0), 0);
	for (unsigned int i = 0; i < NR; i++) {
		ck_assert(frame_get(out[i], &t.md));
		frame_put(out[i]);
	}
	/* The same frames may come back: they were free in between. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(out[0], PTE_RW)), 0);
}
END_TEST

START_TEST(low_runs)
{
	own_frames();
	ck_assert_int_eq(exchange(2, 17), 0); /* below 128 KiB: frame 32 */
	ck_assert(out[0].v + 3 < 32 && out[1].v + 3 < 32);
}
END_TEST

START_TEST(no_memory_changes_nothing)
{
	unsigned int nr_free, nr_own;

	own_frames();
	nr_free = machine_nr_free();
	nr_own = (unsigned int)t.md.nr_frames;
	ck_assert_int_eq(exchange(3, 12), -ENOMEM);
	check_untouched(nr_free, nr_own);
	/* Some runs are there, but not all. */
	ck_assert_int_eq(exchange(1, 16), -ENOMEM);
	check_untouched(nr_free, nr_own);
}
END_TEST

/* A last frame that isn't free to go: mapped, a table, foreign, twice, none. */
START_TEST(frames_in_use_change_nothing)
{
	unsigned int nr_free, nr_own;
	mfn_t last, foreign = fixture_foreign_frame();

	own_frames();
	last = in[NR - 1];
	nr_free = machine_nr_free();
	nr_own = (unsigned int)t.md.nr_frames;
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(last, 0)), 0);
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	check_untouched(nr_free, nr_own);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);

	memset(machine_page(last), 0, PAGE_SIZE);
	ck_assert_int_eq(pin(last, FT_L1), 0);
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	check_untouched(nr_free, nr_own);
	ck_assert_int_eq(unpin(last), 0);

	in[NR - 1] = foreign;
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	in[NR - 1] = in[0];
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	in[NR - 1] = MFN(MACHINE_FRAMES);
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	in[NR - 1] = MFN(HOLE_FRAME);
	ck_assert_int_eq(exchange(3, 0), -EINVAL);
	in[NR - 1] = last;
	check_untouched(nr_free, nr_own);
	ck_assert_int_eq(exchange(3, 0), 0);
}
END_TEST

START_TEST(what_was_given_is_out_of_the_tlb)
{
	unsigned int nr_flushes;

	own_frames();
	tlb_flush_if_needed();
	nr_flushes = machine.nr_flushes;
	ck_assert_int_eq(exchange(3, 0), 0);
	tlb_flush_if_needed();
	ck_assert_uint_eq(machine.nr_flushes, nr_flushes + 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_run_for_single_frames,
		single_frames_for_a_run,
		low_runs,
		no_memory_changes_nothing,
		frames_in_use_change_nothing,
		what_was_given_is_out_of_the_tlb,
	};

	return fixture_run("mm exchange", tests, ARRAY_SIZE(tests));
}
