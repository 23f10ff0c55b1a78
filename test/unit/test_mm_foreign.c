// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c
// SOURCES: hv/mm/ptwrite.c hv/mm/relinquish.c hv/x86/decode_exec.c hv/x86/desc.c
// SOURCES: hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * Unmapping a granted frame and moving an own one to its place in one step.
 * See: ABI 6.5
 */
#include "mm_fixture.h"

#define GVA(slot) ((unsigned long)(slot) * PAGE_SIZE)

static pte_t leaf(unsigned int slot)
{
	return machine_page(t.s.l1)[slot];
}

/* A granted frame at slot 5, writable. */
static mfn_t granted(struct pt_ctx *ctx, unsigned int slot)
{
	mfn_t page = fixture_foreign_frame();

	*ctx = t.ctx;
	ctx->frame_owner = &t.other;
	ck_assert_int_eq(pt_map_foreign_va(ctx, GVA(slot), page, PTE_RW), 0);
	oracle_allow_foreign(page);
	oracle_check("a grant mapping");
	oracle_guest_runs("a grant mapping");
	return page;
}

START_TEST(an_own_page_takes_the_place_of_a_granted_one)
{
	struct pt_ctx ctx;
	mfn_t page = granted(&ctx, 5), own = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, GVA(6), entry(own, PTE_RW | PTE_US)), 0);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, GVA(6)), 0);
	oracle_check("replacing");
	oracle_guest_runs("replacing");
	ck_assert(pte_mfn(leaf(5)).v == own.v && (leaf(5) & PTE_RW) && (leaf(5) & PTE_US));
	ck_assert(leaf(6) == 0);
	ck_assert_int_eq(frame_type(page), FT_NONE);
	ck_assert_int_eq(frame_type(own), FT_WRITABLE);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, GVA(6)), -EINVAL);
}
END_TEST

START_TEST(an_empty_place_empties_the_granted_one)
{
	struct pt_ctx ctx;
	mfn_t page = granted(&ctx, 5);

	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, GVA(7)), 0);
	oracle_check("replacing by nothing");
	oracle_guest_runs("replacing by nothing");
	ck_assert(leaf(5) == 0);
}
END_TEST

START_TEST(a_granted_page_does_not_move_to_another_entry)
{
	struct pt_ctx ctx;
	mfn_t page = granted(&ctx, 5), other = granted(&ctx, 6);

	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, GVA(6)), -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, GVA(5)), -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), other, GVA(7)), -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l2, 5), page, GVA(7)), -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, MADDR(at(t.s.l1, 5).v + 1), page, GVA(7)),
			 -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, 0x40000000), -EINVAL);
	ck_assert_int_eq(pt_replace_foreign_pte(&ctx, at(t.s.l1, 5), page, guest_va_end), -EINVAL);
	oracle_check("refusals");
	ck_assert(pte_mfn(leaf(5)).v == page.v && pte_mfn(leaf(6)).v == other.v);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_own_page_takes_the_place_of_a_granted_one,
		an_empty_place_empties_the_granted_one,
		a_granted_page_does_not_move_to_another_entry,
	};

	return fixture_run("mm foreign", tests, ARRAY_SIZE(tests));
}
