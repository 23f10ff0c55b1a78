// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c
// SOURCES: hv/mm/copy.c hv/mm/relinquish.c hv/x86/desc.c hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * The invariants at the head of hv/mm/frame.c, one by one, and what the ABI
 * says of allocation, pins and the flush. Entries are in test_mm_entries.c.
 * See: ABI 3.1, 3.4
 */
#include "mm_fixture.h"

/* ---- INV-1: one use at a time ---- */

START_TEST(inv1_a_table_is_never_mapped_writable)
{
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.l1, PTE_RW)), -EBUSY);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.l2, PTE_RW)), -EBUSY);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.l2x, PTE_RW)), -EBUSY);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.root, PTE_RW)), -EBUSY);
	/* Read-only is fine: Linux keeps such mappings of all its tables. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.root, 0)), 0);
	/* ... and can't be made writable by a change of flags. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.root, PTE_RW)), -EBUSY);
	ck_assert(machine_page(t.s.l1)[5] == entry(t.s.root, 0));
}
END_TEST

START_TEST(inv1_a_writable_page_never_becomes_a_table)
{
	mfn_t page = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(pin(page, FT_L1), -EBUSY);
	ck_assert_int_eq(frame_get_type(page, &t.md, FT_SEGDESC), -EBUSY);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 7), entry(page, 0), false), -EBUSY);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), 0);
	ck_assert_int_eq(pin(page, FT_L1), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), -EBUSY);
}
END_TEST

START_TEST(inv1_a_table_that_maps_itself_writable_is_refused)
{
	mfn_t l1 = fixture_frame();

	guest_write(l1, 9, entry(l1, PTE_RW));
	ck_assert_int_eq(pin(l1, FT_L1), -EBUSY);
	guest_write(l1, 9, entry(l1, 0));
	ck_assert_int_eq(pin(l1, FT_L1), 0);
}
END_TEST

START_TEST(inv1_a_page_the_monitor_writes_is_never_a_table)
{
	void *page = heap_alloc_pages(1);
	mfn_t mfn = va_to_mfn(page);

	mm_share_page(&t.md, page);
	ck_assert_int_eq(pin(mfn, FT_L1), -EBUSY);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(mfn, PTE_RW)), 0);
	ck_assert_int_eq(pin(mfn, FT_L1), -EBUSY);
	ck_assert_int_eq(mm_release_frame(&t.md, mfn), -EINVAL);
	/* Withdrawn, it stays a page until the guest lets go. */
	oracle_allow_foreign(mfn);
	mm_unshare_page(&t.md, page);
	oracle_check("unshare");
	ck_assert(machine.allocated[mfn.v]);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(mfn, 0)), -EPERM);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert(!machine.allocated[mfn.v]);
}
END_TEST

/* ---- INV-2: validated whole or not at all ---- */

START_TEST(inv2_one_bad_entry_refuses_the_table_and_holds_nothing)
{
	mfn_t l1 = fixture_frame(), page = fixture_frame();
	unsigned int slot;

	for (slot = 0; slot < 511; slot++)
		guest_write(l1, slot, entry(page, slot & 1 ? PTE_RW : 0));
	guest_write(l1, 511, entry(page, PTE_PS));
	ck_assert_int_eq(pin(l1, FT_L1), -EINVAL);
	ck_assert_int_eq(frame_type(l1), FT_NONE);
	oracle_check("a refused pin");
	guest_write(l1, 511, 0);
	ck_assert_int_eq(pin(l1, FT_L1), 0);
	oracle_check("a pin");
}
END_TEST

START_TEST(inv2_a_table_with_untyped_children_takes_the_long_form)
{
	mfn_t l2 = fixture_frame(), l1 = fixture_frame();

	guest_write(l2, 0, entry(l1, 0));
	ck_assert(frame_get(l2, &t.md));
	ck_assert_int_eq(frame_get_type(l2, &t.md, FT_L2), -EAGAIN);
	frame_put(l2);
	oracle_check("EAGAIN");
	ck_assert_int_eq(pin(l2, FT_L2), 0);
	ck_assert_int_eq(frame_type(l1), FT_L1);
}
END_TEST

START_TEST(inv2_a_child_must_be_of_the_level_below)
{
	mfn_t l2 = fixture_frame(), other = fixture_frame();

	guest_write(l2, 0, entry(t.s.l2, 0));
	ck_assert_int_eq(pin(l2, FT_L2), -EBUSY);
	guest_write(l2, 0, entry(t.s.root, 0));
	ck_assert_int_eq(pin(l2, FT_L2), -EBUSY);
	/* A table that is its own child. */
	guest_write(l2, 0, entry(l2, 0));
	ck_assert_int_ne(pin(l2, FT_L2), 0);
	/* An L3 isn't a child of anything. */
	guest_write(other, 3, entry(t.s.root, 0));
	ck_assert_int_eq(pin(other, FT_L3), -EBUSY);
	oracle_check("wrong children");
}
END_TEST

/* ---- INV-3, INV-4: existence ---- */

START_TEST(inv4_a_freed_frame_stays_while_it_is_mapped)
{
	mfn_t page = fixture_frame();
	unsigned int nr_free = machine_nr_free();

	m2p_set(page, PFN(7));
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), 0);
	ck_assert_int_eq(mm_release_frame(&t.md, page), 0);
	ck_assert_uint_eq(m2p_get(page).v, INVALID_PFN.v);
	ck_assert_uint_eq(machine_nr_free(), nr_free);
	ck_assert_int_eq(mm_release_frame(&t.md, page), -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert_uint_eq(machine_nr_free(), nr_free + 1);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), -EPERM);
}
END_TEST

START_TEST(inv4_a_freed_table_lives_until_it_is_unpinned)
{
	mfn_t l1 = fixture_frame();

	ck_assert_int_eq(pin(l1, FT_L1), 0);
	ck_assert_int_eq(mm_release_frame(&t.md, l1), 0);
	ck_assert(machine.allocated[l1.v]);
	ck_assert_int_eq(unpin(l1), 0);
	ck_assert(!machine.allocated[l1.v]);
}
END_TEST

START_TEST(inv4_fresh_frames_are_zero_and_limited)
{
	mfn_t mfn = fixture_frame(), again;
	unsigned int i;

	memset(machine_page(mfn), 0xab, PAGE_SIZE);
	ck_assert_int_eq(mm_release_frame(&t.md, mfn), 0);
	again = fixture_frame();
	ck_assert_uint_eq(again.v, mfn.v);
	for (i = 0; i < 512; i++)
		ck_assert(machine_page(again)[i] == 0);
	t.md.max_frames = t.md.nr_frames + 3;
	ck_assert(mfn_eq(mm_alloc_frames(&t.md, 2, 0), INVALID_MFN));
	ck_assert(!mfn_eq(mm_alloc_frames(&t.md, 1, 0), INVALID_MFN));
	ck_assert(!mfn_eq(mm_alloc_frame(&t.md), INVALID_MFN));
	ck_assert(mfn_eq(mm_alloc_frame(&t.md), INVALID_MFN));
	/* A frame given back but still referenced counts against the limit. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(again, 0)), 0);
	ck_assert_int_eq(mm_release_frame(&t.md, again), 0);
	ck_assert(mfn_eq(mm_alloc_frame(&t.md), INVALID_MFN));
}
END_TEST

START_TEST(inv4_allocation_honours_the_address_limit)
{
	mfn_t mfn = mm_alloc_frames(&t.md, 0, 17); /* below 128 KiB: frame 32 */

	ck_assert_uint_lt(mfn.v, 32);
	ck_assert(mfn_eq(mm_alloc_frames(&t.md, 0, 12), INVALID_MFN));
	ck_assert(mfn_eq(mm_alloc_frames(&t.md, 40, 0), INVALID_MFN));
}
END_TEST

START_TEST(counts_never_wrap)
{
	struct frame *f = frame_of(fixture_frame());
	mfn_t mfn = frame_mfn(f);
	u32 count = f->count;

	f->count = (count & ~COUNT_REFS) | COUNT_LIMIT;
	ck_assert(!frame_get(mfn, &t.md));
	f->count = count;
	ck_assert(frame_get(mfn, &t.md));
	ck_assert_int_eq(frame_get_type(mfn, &t.md, FT_WRITABLE), 0);
	f->type += TYPE_LIMIT - 1;
	ck_assert_int_eq(frame_get_type(mfn, &t.md, FT_WRITABLE), -EBUSY);
	f->type -= TYPE_LIMIT - 1;
	frame_put_type(mfn, &t.md);
	frame_put(mfn);
}
END_TEST

START_TEST(inv4_a_dying_domain_gives_no_references)
{
	mfn_t mfn = fixture_frame();

	t.md.dying = true;
	ck_assert(!frame_get(mfn, &t.md));
	ck_assert(!frame_get(mfn, NULL));
	ck_assert(mfn_eq(mm_alloc_frame(&t.md), INVALID_MFN));
	t.md.dying = false;
	ck_assert(frame_get(mfn, NULL));
	frame_put(mfn);
}
END_TEST

/* ---- INV-6: flags stand for references ---- */

START_TEST(inv6_pins_do_not_nest)
{
	mfn_t l1 = fixture_frame();

	ck_assert_int_eq(unpin(l1), -EINVAL);
	ck_assert_int_eq(pin(l1, FT_L1), 0);
	ck_assert_int_eq(pin(l1, FT_L1), -EINVAL);
	ck_assert_int_eq(pin(l1, FT_L2), -EINVAL);
	ck_assert_int_eq(unpin(l1), 0);
	ck_assert_int_eq(unpin(l1), -EINVAL);
	ck_assert_int_eq(pin(MFN(MACHINE_FRAMES), FT_L1), -EINVAL);
	ck_assert_int_eq(unpin(MFN(~0UL)), -EINVAL);
	ck_assert_int_eq(pin(l1, FT_L4), -EINVAL);
	ck_assert_int_eq(pin(l1, FT_WRITABLE), -EINVAL);
	ck_assert_int_eq(pin(fixture_foreign_frame(), FT_L1), -EINVAL);
}
END_TEST

START_TEST(a_typed_table_can_be_pinned_and_outlives_its_parent)
{
	ck_assert_int_eq(pin(t.s.l1, FT_L1), 0);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 0), 0, false), 0);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(t.s.l1), FT_L1);
	ck_assert_int_eq(unpin(t.s.l1), 0);
	ck_assert_int_eq(frame_type(t.s.l1), FT_NONE);
}
END_TEST

/* ---- INV-8: release without recursion ---- */

START_TEST(inv8_a_released_tree_is_taken_apart_at_once)
{
	struct space s = guest_space(&t.md);

	ck_assert_int_eq(pin(s.root, FT_L3), 0);
	oracle_check("pin");
	t.work.budget = 0;
	ck_assert_int_eq(mm_unpin(&t.md, s.root, &t.work), -ERESTART);
	t.work.budget = MM_WORK_BUDGET;
	oracle_check("before the drain");
	ck_assert_int_eq(frame_type(s.root), FT_L3);
	/* Any next operation sees it gone: it may use the frames at once. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(s.l1, PTE_RW)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(s.root, PTE_RW)), 0);
	ck_assert_uint_eq(t.md.release, 0);
}
END_TEST

START_TEST(inv8_a_table_on_the_release_list_may_be_used_again)
{
	mfn_t l1 = fixture_frame();

	ck_assert_int_eq(pin(l1, FT_L1), 0);
	t.work.budget = 0;
	ck_assert_int_eq(mm_unpin(&t.md, l1, &t.work), -ERESTART);
	ck_assert_uint_ne(t.md.release, 0);
	ck_assert(frame_get(l1, &t.md));
	ck_assert_int_eq(frame_get_type(l1, &t.md, FT_L1), 0);
	oracle_hold(l1, FT_L1);
	ck_assert_int_eq(drain(), 0);
	oracle_check("drain");
	ck_assert_int_eq(frame_type(l1), FT_L1);
	oracle_unhold(l1, FT_L1);
	ck_assert_int_eq(table_put(&t.md, l1, &t.work), 0);
	ck_assert_int_eq(frame_type(l1), FT_NONE);
}
END_TEST

START_TEST(an_l1_dropped_from_its_l2_can_be_mapped_writable_next)
{
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, 0), false), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.spare_l1, PTE_RW)), -EBUSY);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), 0, false), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.spare_l1, PTE_RW)), 0);
	/* The same by the entry's address. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, 0), false), 0);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), 0, false), 0);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l1, 5), entry(t.spare_l1, PTE_RW), false), 0);
}
END_TEST

/* ---- INV-9: flushes ---- */

/* Whether the operation asked for a flush. */
static bool flushed(void)
{
	unsigned int before = machine.nr_flushes;

	tlb_flush_if_needed();
	return machine.nr_flushes != before;
}

START_TEST(inv9_an_l1_change_flushes_nothing)
{
	mfn_t page = fixture_frame();

	flushed();
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert(!flushed());
}
END_TEST

START_TEST(inv9_a_page_lately_writable_flushes_when_it_becomes_a_table)
{
	mfn_t page = fixture_frame(), desc = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(desc, PTE_RW)), 0);
	flushed();
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert_int_eq(pin(page, FT_L1), 0);
	ck_assert(flushed());
	/* Flushed since: once is enough. */
	ck_assert_int_eq(unpin(page), 0);
	ck_assert_int_eq(pin(page, FT_L1), 0);
	ck_assert(!flushed());
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, 0), 0);
	ck_assert(frame_get(desc, &t.md));
	ck_assert_int_eq(frame_get_type(desc, &t.md, FT_SEGDESC), 0);
	ck_assert(flushed());
	oracle_hold(desc, FT_SEGDESC);
}
END_TEST

START_TEST(inv9_upper_changes_and_frees_flush)
{
	mfn_t page = fixture_frame();

	flushed();
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, 0), false), 0);
	ck_assert(!flushed());
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, PTE_RW), false), 0);
	ck_assert(flushed());
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), 0, false), 0);
	ck_assert(flushed());
	ck_assert_int_eq(mm_release_frame(&t.md, page), 0);
	ck_assert(flushed());
	ck_assert(!flushed());
}
END_TEST

START_TEST(inv9_the_loss_of_a_foreign_frame_flushes)
{
	mfn_t page = fixture_foreign_frame();
	struct pt_ctx ctx = t.ctx;

	ctx.frame_owner = &t.other;
	oracle_allow_foreign(page);
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x5000, page, PTE_RW), 0);
	flushed();
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert(flushed());
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x5000, page, PTE_RW), 0);
	ck_assert_int_eq(pt_unmap_foreign_va(&ctx, 0x5000, page), 0);
	ck_assert(flushed());
}
END_TEST

START_TEST(inv9_a_guest_copy_flushes_first)
{
	char buf[4];

	tlb_flush_later();
	ck_assert_int_eq(copy_from_guest(buf, 0x1000, 4), 0);
	ck_assert(!flushed());
	ck_assert_uint_eq(machine.nr_copies, 1);
	/* Nothing above the guest's end is ever touched. */
	ck_assert_int_eq(copy_from_guest(buf, guest_va_end - 3, 4), -EFAULT);
	ck_assert_int_eq(copy_to_guest(guest_va_end, buf, 4), -EFAULT);
	ck_assert_int_eq(copy_to_guest(~0UL, buf, 4), -EFAULT);
	ck_assert_int_eq(copy_to_guest(~0UL, buf, 0), 0);
	ck_assert_uint_eq(machine.nr_copies, 1);
	machine.copy_faults = true;
	ck_assert_int_eq(copy_to_guest(0x1000, buf, 4), -EFAULT);
}
END_TEST

/* ---- INV-10: the L2 of slot 3 ---- */

START_TEST(inv10_an_l2x_is_not_shared)
{
	mfn_t root = fixture_frame();

	guest_write(root, 3, entry(t.s.l2x, 0));
	ck_assert_int_eq(pin(root, FT_L3), -EBUSY);
	oracle_check("a shared L2X");
	ck_assert_int_eq(pin(t.s.l2x, FT_L2X), -EINVAL);
	ck_assert_int_eq(pin(t.s.l2x, FT_L2), -EBUSY);
	/* Nor twice within one root: slot 3's isn't an ordinary L2. */
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.root, 1), entry(t.s.l2x, 0), false), -EBUSY);
}
END_TEST

START_TEST(inv10_an_ordinary_l2_does_not_serve_slot_3)
{
	mfn_t root = fixture_frame(), l2 = fixture_frame();

	ck_assert_int_eq(pin(l2, FT_L2), 0);
	guest_write(root, 3, entry(l2, 0));
	ck_assert_int_eq(pin(root, FT_L3), -EBUSY);
	guest_write(root, 0, entry(l2, 0));
	guest_write(root, 3, 0);
	ck_assert_int_eq(pin(root, FT_L3), -EINVAL);
}
END_TEST

/* ---- roots: ABI 3.5 ---- */

START_TEST(the_live_root_may_be_unpinned_and_its_successor_reuses_it)
{
	struct space s = guest_space(&t.md);

	ck_assert_int_eq(pin(t.s.root, FT_L3), 0);
	ck_assert_int_eq(unpin(t.s.root), 0);
	ck_assert_int_eq(frame_type(t.s.root), FT_L3);
	/* NEW_BASEPTR to a root that isn't pinned yet, then pin it. */
	fixture_new_root(s.root);
	ck_assert_int_eq(pin(s.root, FT_L3), 0);
	/* The old tables are plain memory at once: Linux and GRUB rely on it. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(t.s.root, PTE_RW)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(t.s.l2x, PTE_RW)), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		inv1_a_table_is_never_mapped_writable,
		inv1_a_writable_page_never_becomes_a_table,
		inv1_a_table_that_maps_itself_writable_is_refused,
		inv1_a_page_the_monitor_writes_is_never_a_table,
		inv2_one_bad_entry_refuses_the_table_and_holds_nothing,
		inv2_a_table_with_untyped_children_takes_the_long_form,
		inv2_a_child_must_be_of_the_level_below,
		inv4_a_freed_frame_stays_while_it_is_mapped,
		inv4_a_freed_table_lives_until_it_is_unpinned,
		inv4_fresh_frames_are_zero_and_limited,
		inv4_allocation_honours_the_address_limit,
		inv4_a_dying_domain_gives_no_references,
		counts_never_wrap,
		inv6_pins_do_not_nest,
		a_typed_table_can_be_pinned_and_outlives_its_parent,
		inv8_a_released_tree_is_taken_apart_at_once,
		inv8_a_table_on_the_release_list_may_be_used_again,
		an_l1_dropped_from_its_l2_can_be_mapped_writable_next,
		inv9_an_l1_change_flushes_nothing,
		inv9_a_page_lately_writable_flushes_when_it_becomes_a_table,
		inv9_upper_changes_and_frees_flush,
		inv9_the_loss_of_a_foreign_frame_flushes,
		inv9_a_guest_copy_flushes_first,
		inv10_an_l2x_is_not_shared,
		inv10_an_ordinary_l2_does_not_serve_slot_3,
		the_live_root_may_be_unpinned_and_its_successor_reuses_it,
	};

	return fixture_run("mm rules", tests, ARRAY_SIZE(tests));
}
