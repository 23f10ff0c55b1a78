// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c hv/mm/relinquish.c
// SOURCES: hv/x86/desc.c hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * Long operations: they stop between tables, go on, can be abandoned, and are
 * proof against a guest that uses the time in between.
 * See: ABI 3.4
 */
#include "mm_fixture.h"

#define NR_L1 20

struct tree {
	struct space s;
	mfn_t l1[NR_L1];
};

/* A space whose L2 has NR_L1 tables. */
static struct tree make_tree(void)
{
	struct tree tree = { .s = guest_space(&t.md) };
	unsigned int i;

	for (i = 0; i < NR_L1; i++) {
		tree.l1[i] = fixture_frame();
		guest_write(tree.s.l2, 10 + i, entry(tree.l1[i], PTE_RW));
	}
	return tree;
}

/* One call with this budget. */
static int step(mfn_t root, unsigned int budget)
{
	int rc;

	t.work.budget = budget;
	rc = mm_pin(&t.md, root, FT_L3, &t.work);
	oracle_check("a step");
	oracle_guest_runs("a step");
	return rc;
}

START_TEST(every_budget_gets_there)
{
	static const unsigned int budgets[] = { 1, 7, 100, 511, 512, 513, 1500, MM_WORK_BUDGET };
	struct tree tree = make_tree();
	unsigned int i, calls;
	int rc;

	for (i = 0; i < ARRAY_SIZE(budgets); i++) {
		calls = 0;
		while ((rc = step(tree.s.root, budgets[i])) == -ERESTART)
			ck_assert_uint_lt(++calls, 200);
		ck_assert_int_eq(rc, 0);
		/* No call may do much more than it was allowed. */
		ck_assert_uint_ge((calls + 1) * (budgets[i] + 1024), NR_L1 * 512);
		ck_assert_uint_eq(t.work.held | t.work.single | t.work.root, 0);
		t.work.budget = 0;
		ck_assert_int_eq(mm_unpin(&t.md, tree.s.root, &t.work), -ERESTART);
		calls = 0;
		do {
			t.work.budget = budgets[i];
			rc = table_drain(&t.md, &t.work);
			oracle_check("a drain");
			oracle_guest_runs("a drain");
			ck_assert_uint_lt(++calls, 200);
		} while (rc == -ERESTART);
		ck_assert_int_eq(frame_type(tree.l1[0]), FT_NONE);
		ck_assert_int_eq(frame_type(tree.s.l2x), FT_NONE);
	}
}
END_TEST

START_TEST(what_is_prepared_is_held_until_it_is_abandoned)
{
	struct tree tree = make_tree();

	ck_assert_int_eq(step(tree.s.root, 3000), -ERESTART);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_L1);
	ck_assert_int_eq(frame_type(tree.s.root), FT_NONE);
	ck_assert_uint_ne(t.work.held, 0);
	/* It is a table meanwhile, whatever the guest tries. */
	ck_assert_int_eq(pin(tree.s.l2, FT_SEGDESC), -EINVAL);
	table_abandon(&t.md, &t.work);
	oracle_check("abandon");
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_NONE);
}
END_TEST

START_TEST(another_call_abandons_the_first)
{
	struct tree tree = make_tree();

	ck_assert_int_eq(step(tree.s.root, 3000), -ERESTART);
	ck_assert_int_eq(pin(t.spare_l1, FT_L1), 0);
	ck_assert_uint_eq(t.work.held, 0);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_NONE);
}
END_TEST

START_TEST(a_child_added_meanwhile_is_found)
{
	struct tree tree = make_tree();
	mfn_t late = fixture_frame();

	guest_write(late, 0, entry(fixture_frame(), PTE_RW));
	/* Past the slot already: only the table's validation can find it. */
	while (frame_type(tree.l1[5]) != FT_L1)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	guest_write(tree.s.l2, 0, entry(late, 0));
	while (step(tree.s.root, 600) == -ERESTART)
		;
	ck_assert_int_eq(frame_type(tree.s.root), FT_L3);
	ck_assert_int_eq(frame_type(late), FT_L1);
}
END_TEST

START_TEST(a_child_removed_meanwhile_is_let_go)
{
	struct tree tree = make_tree();

	while (frame_type(tree.l1[5]) != FT_L1)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	guest_write(tree.s.l2, 10, 0);
	while (step(tree.s.root, 600) == -ERESTART)
		;
	ck_assert_int_eq(frame_type(tree.s.root), FT_L3);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_NONE);
}
END_TEST

START_TEST(a_table_spoilt_meanwhile_refuses_the_whole)
{
	struct tree tree = make_tree();
	int rc;

	while (frame_type(tree.l1[5]) != FT_L1)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	guest_write(tree.l1[NR_L1 - 1], 3, entry(tree.s.l2, PTE_RW | PTE_PS));
	while ((rc = step(tree.s.root, 600)) == -ERESTART)
		;
	ck_assert_int_eq(rc, -EINVAL);
	ck_assert_uint_eq(t.work.held | t.work.single | t.work.root, 0);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_NONE);
}
END_TEST

START_TEST(a_frame_freed_meanwhile_does_no_harm)
{
	struct tree tree = make_tree();
	int rc;

	while (frame_type(tree.l1[5]) != FT_L1)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	/* One that is held, one still to come, and the root itself. */
	ck_assert_int_eq(mm_release_frame(&t.md, tree.l1[2]), 0);
	ck_assert_int_eq(mm_release_frame(&t.md, tree.l1[NR_L1 - 1]), 0);
	ck_assert_int_eq(mm_release_frame(&t.md, tree.s.root), 0);
	while ((rc = step(tree.s.root, 600)) == -ERESTART)
		;
	ck_assert_int_eq(rc, -EINVAL);
	ck_assert_int_eq(drain(), 0);
}
END_TEST

START_TEST(an_l2x_changed_meanwhile_is_let_go)
{
	struct tree tree = make_tree();
	mfn_t l2x = fixture_frame();
	unsigned int calls;
	int rc;

	/* Until all is typed but the root. */
	for (calls = 0; !t.work.single && calls < 100; calls++)
		ck_assert_int_eq(step(tree.s.root, 100), -ERESTART);
	ck_assert_uint_ne(t.work.single, 0);
	guest_write(tree.s.root, 3, entry(l2x, 0));
	while ((rc = step(tree.s.root, 100)) == -ERESTART)
		;
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(l2x), FT_L2X);
	ck_assert_int_eq(frame_type(tree.s.l2x), FT_NONE);
}
END_TEST

START_TEST(two_calls_may_prepare_the_same_tables)
{
	struct tree tree = make_tree();
	static struct mm_work second; /* the oracle looks at it until the end */
	int rc;

	oracle_add_work(&second);
	while (frame_type(tree.l1[5]) != FT_L1)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	/* Another vcpu pins the L2 over the tables the first has prepared. */
	second.budget = 4 * 512;
	ck_assert_int_eq(table_get(&t.md, tree.s.l2, FT_L2, &second), -ERESTART);
	oracle_check("the second");
	/* The first gives up; what it held is gone when the second goes on. */
	table_abandon(&t.md, &t.work);
	ck_assert_int_eq(drain(), 0);
	do {
		second.budget = 600;
		rc = table_get(&t.md, tree.s.l2, FT_L2, &second);
		if (!rc)
			oracle_hold(tree.s.l2, FT_L2);
		oracle_check("the second goes on");
	} while (rc == -ERESTART);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_L1);
	second.budget = ~0u;
	oracle_unhold(tree.s.l2, FT_L2);
	ck_assert_int_eq(table_put(&t.md, tree.s.l2, &second), 0);
	oracle_check("the put");
}
END_TEST

START_TEST(an_update_may_take_several_calls)
{
	struct tree tree = make_tree();
	unsigned int calls = 0;
	int rc;

	do {
		t.work.budget = 1000;
		rc = pt_update(&t.ctx, at(t.s.root, 1), entry(tree.s.l2, PTE_RW), false);
		oracle_check("an update");
		ck_assert(rc == 0 || machine_page(t.s.root)[1] == 0);
	} while (rc == -ERESTART && ++calls < 100);
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_gt(calls, 5);
	ck_assert_int_eq(frame_type(tree.l1[0]), FT_L1);
}
END_TEST

START_TEST(an_update_of_a_table_that_only_an_abandoned_call_held)
{
	struct tree tree = make_tree();

	/* The first call holds its L1s, and the L2 once that is done. */
	while (frame_type(tree.s.l2) != FT_L2)
		ck_assert_int_eq(step(tree.s.root, 600), -ERESTART);
	t.work.budget = ~0u;
	ck_assert_int_eq(pt_update(&t.ctx, at(tree.s.l2, 0), entry(t.spare_l1, 0), false), -EINVAL);
	oracle_check("the update");
	ck_assert_int_eq(drain(), 0);
	oracle_check("the drain");
	ck_assert_int_eq(frame_type(tree.s.l2), FT_NONE);
}
END_TEST

START_TEST(a_dying_domain_is_emptied_step_by_step)
{
	struct tree tree = make_tree();
	mfn_t root = t.ctx.root;
	unsigned int calls = 0;
	int rc;

	ck_assert_int_eq(pin(tree.s.root, FT_L3), 0);
	ck_assert_int_eq(pin(tree.l1[3], FT_L1), 0);
	do {
		t.work.budget = 10;
		rc = mm_relinquish(&t.md, &t.work);
		oracle_check("relinquish");
		oracle_guest_runs("relinquish");
		ck_assert_uint_lt(++calls, 1000);
	} while (rc == -ERESTART);
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_gt(calls, 5);
	/* What the vcpu's root still needs is all there is left. */
	ck_assert_uint_eq(t.md.nr_frames, 4);
	ck_assert_int_eq(frame_type(root), FT_L3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_budget_gets_there,
		what_is_prepared_is_held_until_it_is_abandoned,
		another_call_abandons_the_first,
		a_child_added_meanwhile_is_found,
		a_child_removed_meanwhile_is_let_go,
		a_table_spoilt_meanwhile_refuses_the_whole,
		a_frame_freed_meanwhile_does_no_harm,
		an_l2x_changed_meanwhile_is_let_go,
		two_calls_may_prepare_the_same_tables,
		an_update_may_take_several_calls,
		an_update_of_a_table_that_only_an_abandoned_call_held,
		a_dying_domain_is_emptied_step_by_step,
	};

	return fixture_run("mm work", tests, ARRAY_SIZE(tests));
}
