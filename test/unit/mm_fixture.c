/* SPDX-License-Identifier: MIT */
/* Beginning and end of the directed tests of hv/mm. */
#include "mm_fixture.h"

struct fixture t;

mfn_t fixture_frame(void)
{
	mfn_t mfn = mm_alloc_frame(&t.md);

	ck_assert(!mfn_eq(mfn, INVALID_MFN));
	return mfn;
}

mfn_t fixture_foreign_frame(void)
{
	mfn_t mfn = mm_alloc_frame(&t.other);

	ck_assert(!mfn_eq(mfn, INVALID_MFN));
	return mfn;
}

int pin(mfn_t mfn, enum frame_type type)
{
	t.work.budget = ~0u;
	return mm_pin(&t.md, mfn, type, &t.work);
}

int drain(void)
{
	t.work.budget = ~0u;
	return table_drain(&t.md, &t.work);
}

int unpin(mfn_t mfn)
{
	int err;

	t.work.budget = ~0u;
	err = mm_unpin(&t.md, mfn, &t.work);
	ck_assert_int_eq(drain(), 0);
	return err;
}

void fixture_new_root(mfn_t root)
{
	mfn_t old = t.ctx.root;

	t.work.budget = ~0u;
	ck_assert_int_eq(table_get(&t.md, root, root_type, &t.work), 0);
	oracle_hold(root, root_type);
	machine_load_root(root);
	t.ctx.root = root;
	if (mfn_eq(old, INVALID_MFN))
		return;
	oracle_unhold(old, root_type);
	ck_assert_int_eq(table_put(&t.md, old, &t.work), 0);
}

static void setup(void)
{
	memset(&t, 0, sizeof(t));
	machine_init();
	oracle_init();
	mm_domain_init(&t.md, 1, 100);
	mm_domain_init(&t.other, 2, 20);
	oracle_add_domain(&t.md);
	oracle_add_domain(&t.other);
	oracle_add_work(&t.work);
	t.ctx = (struct pt_ctx){ .pt_owner = &t.md, .frame_owner = &t.md,
				 .root = INVALID_MFN, .work = &t.work };
	t.s = guest_space(&t.md);
	t.spare_l1 = fixture_frame();
	fixture_new_root(t.s.root);
	oracle_check("setup");
	oracle_guest_runs("setup");
	t.work.budget = ~0u;
}

/* Put what the test left; all memory must come back. */
static void teardown(void)
{
	mfn_t mfn;

	oracle_check("the test");
	oracle_guest_runs("the test");
	table_abandon(&t.md, &t.work);
	machine.live_root = INVALID_MFN;
	tlb_flush_now();
	t.work.budget = ~0u;
	oracle_unhold(t.ctx.root, root_type);
	ck_assert_int_eq(table_put(&t.md, t.ctx.root, &t.work), 0);
	for (mfn = MFN(0); mfn.v < MACHINE_FRAMES; mfn.v++)
		while (oracle_holds(mfn, FT_SEGDESC)) {
			oracle_unhold(mfn, FT_SEGDESC);
			frame_put_type(mfn, &t.md);
			frame_put(mfn);
		}
	ck_assert_int_eq(mm_relinquish(&t.other, &t.work), 0);
	ck_assert_int_eq(mm_relinquish(&t.md, &t.work), 0);
	oracle_check("the end");
	ck_assert_uint_eq(machine_nr_free(), MACHINE_FRAMES - FIRST_GUEST_FRAME);
}

int fixture_run(const char *name, const TTest *const *tests, unsigned int nr)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	unsigned int i;

	tcase_add_checked_fixture(tc, setup, teardown);
	for (i = 0; i < nr; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
