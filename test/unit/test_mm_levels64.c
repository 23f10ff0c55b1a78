// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c hv/mm/relinquish.c
// SOURCES: hv/x86/desc.c hv/x86_64/ptlevels.c test/unit/mm_machine.c
/*
 * The same validator with the other width's rows: four levels, US forced,
 * NX where the CPU has it, the monitor's slots in the root.
 * See: ABI 3.2
 */
#include "mm_machine.h"

static struct mm_domain md;
static struct mm_work work;
static mfn_t l4, l3, l2, l1, page;

static int pin(mfn_t mfn, enum frame_type type)
{
	int rc;

	do {
		work.budget = 400;
		rc = mm_pin(&md, mfn, type, &work);
	} while (rc == -ERESTART);
	return rc;
}

static int unpin(mfn_t mfn)
{
	work.budget = ~0u;
	if (mm_unpin(&md, mfn, &work))
		return -1;
	return table_drain(&md, &work);
}

static void setup(void)
{
	machine_init();
	memset(&work, 0, sizeof(work));
	cpu_has_nx = true;
	mm_domain_init(&md, 1, 100);
	l4 = mm_alloc_frame(&md);
	l3 = mm_alloc_frame(&md);
	l2 = mm_alloc_frame(&md);
	l1 = mm_alloc_frame(&md);
	page = mm_alloc_frame(&md);
	guest_write(l4, 511, entry(l3, PTE_RW));
	guest_write(l3, 0, entry(l2, PTE_RW));
	guest_write(l2, 7, entry(l1, PTE_RW | PTE_NX));
	guest_write(l1, 9, entry(page, PTE_RW | PTE_G));
}

static void teardown(void)
{
	work.budget = ~0u;
	ck_assert_int_eq(mm_relinquish(&md, &work), 0);
	ck_assert_uint_eq(machine_nr_free(), MACHINE_FRAMES - FIRST_GUEST_FRAME);
	ck_assert_uint_eq(machine.nr_maps, 0);
}

START_TEST(four_levels_are_pinned_with_user_access_forced)
{
	ck_assert_int_eq(root_type, FT_L4);
	ck_assert_int_eq(pin(l4, FT_L4), 0);
	ck_assert_int_eq(frame_type(l3), FT_L3);
	ck_assert_int_eq(frame_type(l2), FT_L2);
	ck_assert_int_eq(frame_type(l1), FT_L1);
	ck_assert(machine_page(l4)[511] == entry(l3, PTE_RW | PTE_US));
	ck_assert(machine_page(l3)[0] == entry(l2, PTE_RW | PTE_US));
	ck_assert(machine_page(l2)[7] == entry(l1, PTE_RW | PTE_US | PTE_NX));
	ck_assert(machine_page(l1)[9] == entry(page, PTE_RW | PTE_US));
	ck_assert_int_eq(unpin(l4), 0);
	ck_assert_int_eq(frame_type(l1), FT_NONE);
	ck_assert_uint_eq(frame_of(l1)->count & COUNT_REFS, 1);
}
END_TEST

START_TEST(the_monitors_root_slots_are_its_own)
{
	struct pt_ctx ctx = { .pt_owner = &md, .frame_owner = &md, .work = &work };
	maddr_t where = mfn_to_maddr(l4);
	unsigned int slot;

	guest_write(l4, 256, ~0ull);
	guest_write(l4, 271, entry(l4, PTE_RW));
	ck_assert_int_eq(pin(l4, FT_L4), 0);
	for (slot = 255; slot <= 272; slot++) {
		bool ours = slot >= 256 && slot < 272;

		ck_assert((machine_page(l4)[slot] == (MONITOR_MARK | PTE_P)) == ours);
		work.budget = ~0u;
		ck_assert_int_eq(pt_update(&ctx, MADDR(where.v + slot * 8), entry(l3, 0), false),
				 ours ? -EINVAL : 0);
	}
	ck_assert_int_eq(unpin(l4), 0);
	ck_assert(machine_page(l4)[256] == 0);
}
END_TEST

START_TEST(no_execute_is_the_cpus_to_offer)
{
	cpu_has_nx = false;
	ck_assert_int_eq(pin(l4, FT_L4), -EINVAL);
	work.budget = ~0u;
	ck_assert_int_eq(table_drain(&md, &work), 0);
	cpu_has_nx = true;
	ck_assert_int_eq(pin(l4, FT_L4), 0);
}
END_TEST

START_TEST(tables_of_the_other_width_do_not_exist)
{
	ck_assert_int_eq(pin(l2, FT_L2X), -EINVAL);
	ck_assert_int_eq(table_get(&md, l2, FT_L2X, &work), -EINVAL);
}
END_TEST

START_TEST(bits_above_the_frame)
{
	unsigned int bit;

	for (bit = 40; bit < 64; bit++) {
		guest_write(l1, 0, entry(page, 1ull << bit));
		ck_assert_int_eq(pin(l1, FT_L1), bit < 52 ? -EINVAL : 0);
		if (bit >= 52)
			ck_assert_int_eq(unpin(l1), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mm levels64");
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, four_levels_are_pinned_with_user_access_forced);
	tcase_add_test(tc, the_monitors_root_slots_are_its_own);
	tcase_add_test(tc, no_execute_is_the_cpus_to_offer);
	tcase_add_test(tc, tables_of_the_other_width_do_not_exist);
	tcase_add_test(tc, bits_above_the_frame);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
