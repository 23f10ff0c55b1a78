// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c
// SOURCES: hv/mm/ptwrite.c hv/mm/relinquish.c hv/x86/decode_exec.c hv/x86/desc.c
// SOURCES: hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * What the ABI says of single entries: bits, slots, updates by address and by
 * entry, plain stores, grants, descriptors. ABI 3.2, 3.4, 3.6, 4.8.
 * See: ABI 3.2, 3.4
 */
#include "mm_fixture.h"

static pte_t leaf(unsigned int slot)
{
	return machine_page(t.s.l1)[slot];
}

static int update(mfn_t table, unsigned int slot, pte_t val)
{
	return pt_update(&t.ctx, at(table, slot), val, false);
}

/* ---- bits: ABI 3.2 ---- */

/* P, RW, US, A, D, AVAIL; on this width no NX and nothing above bit 39. */
#define LEGAL 0xe67ull

START_TEST(bits_of_an_entry)
{
	mfn_t page = fixture_frame(), l2 = fixture_frame(), root = fixture_frame();
	unsigned int bit;

	ck_assert_int_eq(pin(l2, FT_L2), 0);
	guest_write(root, 3, entry(fixture_frame(), 0));
	ck_assert_int_eq(pin(root, FT_L3), 0);
	for (bit = 1; bit < 64; bit++) {
		u64 flag = 1ull << bit;
		int want = LEGAL & flag ? 0 : -EINVAL;

		if (PTE_FRAME & flag)
			continue;
		ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, flag)),
				 flag == PTE_G ? 0 : want);
		ck_assert_int_eq(update(t.s.l2, 1, entry(t.spare_l1, flag)), want);
		ck_assert_int_eq(update(t.s.l2x, 1, entry(t.spare_l1, flag)), want);
		ck_assert_int_eq(update(root, 1, entry(l2, flag)), want);
		/* Without P all is the guest's own business. */
		ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, flag), 0);
		ck_assert(leaf(6) == flag);
	}
}
END_TEST

START_TEST(global_entries_are_not_kept_global)
{
	mfn_t page = fixture_frame(), l1 = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_G | PTE_US)), 0);
	ck_assert(leaf(5) == entry(page, PTE_US));
	guest_write(l1, 0, entry(page, PTE_G | PTE_A));
	ck_assert_int_eq(pin(l1, FT_L1), 0);
	ck_assert(machine_page(l1)[0] == entry(page, PTE_A));
}
END_TEST

START_TEST(frames_must_exist_and_be_ones_own)
{
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(MFN(MACHINE_FRAMES), 0)), -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, PTE_FRAME | PTE_P), -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(MFN(HOLE_FRAME), 0)), -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(MFN(1), 0)), -EPERM);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(fixture_foreign_frame(), 0)), -EPERM);
	ck_assert_int_eq(update(t.s.l2, 1, entry(fixture_foreign_frame(), 0)), -EINVAL);
	ck_assert_int_eq(update(t.s.l2, 1, entry(MFN(MACHINE_FRAMES), 0)), -EINVAL);
	ck_assert(leaf(5) == 0);
}
END_TEST

/* ---- slots ---- */

START_TEST(the_root_has_four_slots_and_the_last_is_fixed)
{
	mfn_t l2 = fixture_frame();

	ck_assert_int_eq(update(t.s.root, 3, 0), -EINVAL);
	ck_assert_int_eq(update(t.s.root, 3, machine_page(t.s.root)[3] | PTE_RW), -EINVAL);
	ck_assert_int_eq(update(t.s.root, 4, 0), -EINVAL);
	ck_assert_int_eq(update(t.s.root, 511, entry(l2, 0)), -EINVAL);
	/* Slots 0 to 2 change, and the hardware learns of it, in its own form. */
	ck_assert_int_eq(update(t.s.root, 1, entry(l2, PTE_RW | PTE_US | PTE_A | PTE_D)), 0);
	ck_assert(machine.shadow[1] == entry(l2, 0));
	ck_assert_uint_eq(machine.nr_reloads, 1);
	ck_assert_int_eq(update(t.s.root, 1, 0), 0);
	ck_assert(machine.shadow[1] == 0);
	ck_assert_uint_eq(machine.nr_reloads, 2);
}
END_TEST

START_TEST(the_monitors_slots_are_ignored_overwritten_and_cleared)
{
	struct space s = guest_space(&t.md);
	mfn_t table = s.l2x;

	guest_write(table, 428, 0xfffffffffffffffull);
	guest_write(table, 511, entry(t.s.root, PTE_RW));
	ck_assert_int_eq(pin(s.root, FT_L3), 0);
	ck_assert(machine_page(table)[428] == (MONITOR_MARK | PTE_P));
	ck_assert(machine_page(table)[511] == (MONITOR_MARK | PTE_P));
	ck_assert_int_eq(update(table, 428, 0), -EINVAL);
	ck_assert_int_eq(update(table, 511, entry(t.spare_l1, 0)), -EINVAL);
	ck_assert_int_eq(update(table, 427, entry(t.spare_l1, 0)), 0);
	ck_assert_int_eq(unpin(s.root), 0);
	ck_assert(machine_page(table)[428] == 0);
	ck_assert(machine_page(table)[511] == 0);
	ck_assert(machine_page(table)[427] == entry(t.spare_l1, 0));
}
END_TEST

START_TEST(addresses_of_the_monitor_have_no_entries)
{
	maddr_t where;
	pte_t e;

	ck_assert(pt_walk(t.s.root, 0x5000, &e, &where));
	ck_assert(where.v == at(t.s.l1, 5).v);
	ck_assert(!pt_walk(t.s.root, 0xf5800000, &e, NULL));
	ck_assert(!pt_walk(t.s.root, 0xfffff000, &e, NULL));
	ck_assert(!pt_walk(t.s.root, 0x40000000, &e, NULL));
	ck_assert(!pt_walk(t.s.root, 0x00200000, &e, NULL));
	/* Even if what stands there looked like a guest's table. */
	machine_page(t.s.l2x)[428] = entry(t.s.l1, 0);
	ck_assert(!pt_walk(t.s.root, 0xf5800000, &e, NULL));
	machine_page(t.s.l2x)[428] = MONITOR_MARK | PTE_P;
	ck_assert(!pt_walk(t.s.l2, 0x5000, &e, NULL));
	ck_assert(!pt_walk(INVALID_MFN, 0x5000, &e, NULL));
	ck_assert_int_eq(pt_update_va(&t.ctx, 0xf5800000, 0), -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x40000000, 0), -EINVAL);
}
END_TEST

/* ---- updates: ABI 3.4 ---- */

START_TEST(a_refused_update_leaves_the_old_entry)
{
	mfn_t page = fixture_frame();

	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_PCD)), -EINVAL);
	ck_assert_int_eq(update(t.s.l1, 5, entry(t.s.l2, PTE_RW)), -EBUSY);
	ck_assert_int_eq(update(t.s.l1, 5, entry(MFN(1), 0)), -EPERM);
	ck_assert(leaf(5) == entry(page, PTE_RW));
	ck_assert_int_eq(update(t.s.l2, 0, entry(page, 0)), -EBUSY);
	ck_assert(machine_page(t.s.l2)[0] == entry(t.s.l1, PTE_RW | PTE_US));
}
END_TEST

START_TEST(preserve_ad_keeps_accessed_and_dirty)
{
	mfn_t page = fixture_frame();

	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_RW | PTE_A | PTE_D)), 0);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l1, 5), entry(page, 0), true), 0);
	ck_assert(leaf(5) == entry(page, PTE_A | PTE_D));
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l1, 5), entry(page, 0), false), 0);
	ck_assert(leaf(5) == entry(page, 0));
}
END_TEST

START_TEST(a_change_of_flags_takes_no_references)
{
	mfn_t page = fixture_frame();
	u32 count, type;

	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_RW)), 0);
	count = frame_of(page)->count;
	type = frame_of(page)->type;
	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_RW | PTE_A | PTE_US | PTE_AVAIL)), 0);
	ck_assert_uint_eq(frame_of(page)->count, count);
	ck_assert_uint_eq(frame_of(page)->type, type);
	/* RW is more than a flag. */
	ck_assert_int_eq(update(t.s.l1, 5, entry(page, 0)), 0);
	ck_assert_uint_eq(frame_type(page), FT_NONE);
	ck_assert_int_eq(update(t.s.l1, 5, entry(page, PTE_RW)), 0);
	ck_assert_uint_eq(frame_type(page), FT_WRITABLE);
}
END_TEST

START_TEST(pages_that_are_no_tables_take_plain_stores)
{
	mfn_t page = fixture_frame(), desc = fixture_frame(), foreign = fixture_foreign_frame();

	ck_assert_int_eq(update(page, 511, ~0ull), 0);
	ck_assert(machine_page(page)[511] == ~0ull);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(update(page, 0, 5), 0);
	ck_assert(machine_page(page)[0] == 5);
	ck_assert_int_eq(update(foreign, 0, 5), -EINVAL);
	/* Nor is another's table ours to change. */
	t.work.budget = ~0u;
	ck_assert_int_eq(mm_pin(&t.other, foreign, FT_L1, &t.work), 0);
	ck_assert_int_eq(update(foreign, 0, 0), -EINVAL);
	ck_assert_int_eq(update(foreign, 0, entry(page, 0)), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, MADDR(at(page, 0).v + 4), 0, false), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, MADDR(~7ull), 0, false), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, MADDR(at(t.s.l1, 0).v | 1ull << 44), 0, false), -EINVAL);
	ck_assert(frame_get(desc, &t.md));
	ck_assert_int_eq(frame_get_type(desc, &t.md, FT_SEGDESC), 0);
	oracle_hold(desc, FT_SEGDESC);
	ck_assert_int_eq(update(desc, 0, 0), -EINVAL);
}
END_TEST

START_TEST(an_untyped_tree_is_taken_in_by_an_upper_update)
{
	mfn_t l2 = fixture_frame(), l1 = fixture_frame();

	guest_write(l2, 5, entry(l1, PTE_RW));
	ck_assert_int_eq(update(t.s.root, 2, entry(l2, 0)), 0);
	ck_assert_int_eq(frame_type(l2), FT_L2);
	ck_assert_int_eq(frame_type(l1), FT_L1);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x80a00000, entry(l1, 0)), 0);
	ck_assert_int_eq(update(t.s.root, 2, 0), 0);
	ck_assert_int_eq(drain(), 0);
	ck_assert_int_eq(frame_type(l1), FT_NONE);
}
END_TEST

/* ---- grants ---- */

START_TEST(a_foreign_frame_enters_by_grant_only)
{
	mfn_t page = fixture_foreign_frame(), own = fixture_frame();
	struct pt_ctx ctx = t.ctx;

	ctx.frame_owner = &t.other;
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(own, PTE_RW)), 0);
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x5000, own, PTE_RW), -EPERM);
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x40000000, page, 0), -EINVAL);
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x5000, page, PTE_PS), -EINVAL);
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x5000, page, PTE_US), 0);
	ck_assert_int_eq(frame_type(own), FT_NONE);
	oracle_allow_foreign(page);
	oracle_check("a grant mapping");
	/* Read-only it was granted, read-only it stays; flags are free. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_US | PTE_RW)), -EPERM);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_US | PTE_A)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(page, PTE_US)), -EPERM);
	ck_assert_int_eq(pt_unmap_foreign_va(&ctx, 0x5000, own), -EINVAL);
	ck_assert_int_eq(pt_unmap_foreign_va(&ctx, 0x5000, page), 0);
	ck_assert_int_eq(pt_unmap_foreign_va(&ctx, 0x5000, page), -EINVAL);
	ck_assert(leaf(5) == 0);
}
END_TEST

START_TEST(a_grant_by_entry_address_needs_a_live_l1)
{
	mfn_t page = fixture_foreign_frame(), plain = fixture_frame(), table;
	struct pt_ctx ctx = t.ctx, theirs = t.ctx;

	ctx.frame_owner = &t.other;
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, at(plain, 5), page, PTE_RW), -EINVAL);
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, at(t.s.l2, 5), page, PTE_RW), -EINVAL);
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, MADDR(at(t.s.l1, 5).v + 1), page, 0), -EINVAL);
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, at(t.s.l1, 5), page, PTE_RW), 0);
	oracle_allow_foreign(page);
	oracle_check("a grant mapping");
	/* While it is mapped writable, its owner can't make it a table. */
	t.work.budget = ~0u;
	ck_assert_int_eq(mm_pin(&t.other, page, FT_L1, &t.work), -EBUSY);
	/* A granted table isn't mapped writable. */
	table = fixture_foreign_frame();
	ck_assert_int_eq(mm_pin(&t.other, table, FT_L1, &t.work), 0);
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, at(t.s.l1, 6), table, PTE_RW), -EBUSY);
	theirs.pt_owner = &t.other;
	ck_assert_int_eq(pt_map_foreign_pte(&theirs, at(t.s.l1, 6), page, 0), -EINVAL);
	ck_assert_int_eq(pt_unmap_foreign_pte(&theirs, at(t.s.l1, 5), page), -EINVAL);
	ck_assert_int_eq(pt_unmap_foreign_pte(&ctx, at(t.s.l1, 5), page), 0);
}
END_TEST

START_TEST(a_table_with_a_foreign_entry_does_not_come_back)
{
	mfn_t page = fixture_foreign_frame();
	struct pt_ctx ctx = t.ctx;

	ctx.frame_owner = &t.other;
	ck_assert_int_eq(pin(t.spare_l1, FT_L1), 0);
	ck_assert_int_eq(pt_map_foreign_pte(&ctx, at(t.spare_l1, 0), page, 0), 0);
	ck_assert_int_eq(unpin(t.spare_l1), 0);
	ck_assert_int_eq(pin(t.spare_l1, FT_L1), -EPERM);
}
END_TEST

/* ---- plain stores to tables: ABI 3.6 ---- */

static struct insn_gprs gprs;
static unsigned long flags;

static enum ptwrite store_imm(enum insn_kind kind, unsigned long gva, unsigned int bytes, u64 imm)
{
	struct insn insn = { .kind = kind, .len_bytes = 3, .op_bytes = (u8)bytes, .addr_bytes = 4,
			     .segment = -1, .has_modrm = true, .mem = true, .has_imm = true,
			     .imm = imm };

	return mm_ptwrite(&t.ctx, gva, &insn, &gprs, &flags);
}

START_TEST(a_store_to_a_read_only_l1_is_an_update)
{
	mfn_t page = fixture_frame();

	/* The L1 maps itself, read-only, at 0x1000. */
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x1000, entry(t.s.l1, 0)), 0);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x1028, 4, entry(page, PTE_RW)), PTWRITE_DONE);
	ck_assert(leaf(5) == entry(page, PTE_RW));
	ck_assert_int_eq(frame_type(page), FT_WRITABLE);
	/* fork clears RW in one byte. */
	ck_assert_int_eq(store_imm(INSN_AND, 0x1028, 1, 0xfd), PTWRITE_DONE);
	ck_assert(leaf(5) == entry(page, 0));
	ck_assert_int_eq(frame_type(page), FT_NONE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x1028, 4, entry(t.s.l2, PTE_RW)), PTWRITE_REFUSED);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x1028, 4, entry(MFN(1), 0)), PTWRITE_REFUSED);
	ck_assert(leaf(5) == entry(page, 0));
	/* Across two entries, and repeated: not emulated. */
	ck_assert_int_eq(store_imm(INSN_MOV, 0x102e, 4, 0), PTWRITE_REFUSED);
	ck_assert_int_eq(store_imm(INSN_CLI, 0x1028, 4, 0), PTWRITE_REFUSED);
}
END_TEST

START_TEST(an_entry_may_be_written_upper_half_first)
{
	mfn_t page = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x1000, entry(t.s.l1, 0)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x102c, 4, 0x12), PTWRITE_DONE);
	ck_assert(leaf(5) == ((entry(page, PTE_RW) | 0x12ull << 32) & ~PTE_P));
	ck_assert_int_eq(frame_type(page), FT_NONE);
	/* The lower half has no such excuse. */
	ck_assert_int_eq(store_imm(INSN_MOV, 0x1028, 4, entry(page, PTE_RW)), PTWRITE_REFUSED);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x102c, 4, 0), PTWRITE_DONE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x1028, 4, entry(page, PTE_RW)), PTWRITE_DONE);
	/* Nor has one byte. */
	ck_assert_int_eq(store_imm(INSN_MOV, 0x102e, 1, 0x12), PTWRITE_REFUSED);
	ck_assert(leaf(5) == entry(page, PTE_RW));
}
END_TEST

START_TEST(cmpxchg8b_is_all_or_nothing)
{
	struct insn insn = { .kind = INSN_CMPXCHG8B, .len_bytes = 4, .op_bytes = 8,
			     .addr_bytes = 4, .segment = -1, .has_modrm = true, .mem = true,
			     .lock = true };
	mfn_t page = fixture_frame();

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x1000, entry(t.s.l1, 0)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), 0);
	memset(&gprs, 0, sizeof(gprs));
	flags = 0x40;
	gprs.r[3] = (unsigned long)entry(page, PTE_RW);
	ck_assert_int_eq(mm_ptwrite(&t.ctx, 0x1028, &insn, &gprs, &flags), PTWRITE_DONE);
	ck_assert(leaf(5) == entry(page, 0));
	ck_assert_uint_eq(flags & 0x40, 0);
	ck_assert_uint_eq(gprs.r[0], (unsigned long)entry(page, 0));
	ck_assert_int_eq(mm_ptwrite(&t.ctx, 0x1028, &insn, &gprs, &flags), PTWRITE_DONE);
	ck_assert(leaf(5) == entry(page, PTE_RW));
	ck_assert_uint_eq(flags & 0x40, 0x40);
	/* Refused, it changes no register either. */
	gprs.r[0] = (unsigned long)entry(page, PTE_RW);
	gprs.r[3] = (unsigned long)entry(t.s.l2, PTE_RW);
	flags = 0;
	ck_assert_int_eq(mm_ptwrite(&t.ctx, 0x1028, &insn, &gprs, &flags), PTWRITE_REFUSED);
	ck_assert_uint_eq(flags, 0);
}
END_TEST

START_TEST(other_stores_are_the_guests_own_faults)
{
	mfn_t page = fixture_frame(), foreign = fixture_foreign_frame();
	struct pt_ctx ctx = t.ctx;

	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, 0)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, entry(t.s.l2, 0)), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x7000, entry(page, PTE_RW)), 0);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x5000, 4, 0), PTWRITE_NOT_TABLE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x6000, 4, 0), PTWRITE_NOT_TABLE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x7000, 4, 0), PTWRITE_NOT_TABLE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x8000, 4, 0), PTWRITE_NOT_TABLE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x40000000, 4, 0), PTWRITE_NOT_TABLE);
	ck_assert_int_eq(store_imm(INSN_MOV, 0xf5800000, 4, 0), PTWRITE_NOT_TABLE);
	/* Another domain's table, granted read-only. */
	t.work.budget = ~0u;
	ck_assert_int_eq(mm_pin(&t.other, foreign, FT_L1, &t.work), 0);
	ctx.frame_owner = &t.other;
	ck_assert_int_eq(pt_map_foreign_va(&ctx, 0x9000, foreign, 0), 0);
	oracle_allow_foreign(foreign);
	ck_assert_int_eq(store_imm(INSN_MOV, 0x9000, 4, 4), PTWRITE_NOT_TABLE);
	ck_assert(machine_page(foreign)[0] == 0);
}
END_TEST

/* ---- descriptors: ABI 2.1, 4.8 ---- */

#define FLAT_RING0 0x00c092000000ffffull /* 1 MiB of data, DPL 0 */
#define CALL_GATE 0x0000ec0000080000ull

START_TEST(descriptor_pages_hold_checked_descriptors_only)
{
	mfn_t page = fixture_frame(), foreign = fixture_foreign_frame();

	guest_write(page, 511, CALL_GATE);
	ck_assert(frame_get(page, &t.md));
	ck_assert_int_eq(frame_get_type(page, &t.md, FT_SEGDESC), -EINVAL);
	guest_write(page, 511, FLAT_RING0);
	ck_assert_int_eq(frame_get_type(page, &t.md, FT_SEGDESC), 0);
	oracle_hold(page, FT_SEGDESC);
	/* Ring 0 isn't the guest's. */
	ck_assert(machine_page(page)[511] == (FLAT_RING0 | 1ull << DESC_DPL_SHIFT));
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, entry(page, PTE_RW)), -EBUSY);
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(page, 2), CALL_GATE), -EINVAL);
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(page, 2), FLAT_RING0), 0);
	ck_assert(machine_page(page)[2] == (FLAT_RING0 | 1ull << DESC_DPL_SHIFT));
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(t.spare_l1, 2), FLAT_RING0), 0);
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(t.s.l1, 2), 0), -EINVAL);
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(foreign, 2), 0), -EINVAL);
	ck_assert_int_eq(mm_update_descriptor(&t.md, MADDR(at(page, 2).v + 4), 0), -EINVAL);
	ck_assert_int_eq(mm_update_descriptor(&t.md, MADDR(~7ull), 0), -EINVAL);
	ck_assert(frame_get(foreign, NULL));
	ck_assert_int_eq(frame_get_type(foreign, &t.md, FT_SEGDESC), -EINVAL);
	frame_put(foreign);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bits_of_an_entry,
		global_entries_are_not_kept_global,
		frames_must_exist_and_be_ones_own,
		the_root_has_four_slots_and_the_last_is_fixed,
		the_monitors_slots_are_ignored_overwritten_and_cleared,
		addresses_of_the_monitor_have_no_entries,
		a_refused_update_leaves_the_old_entry,
		preserve_ad_keeps_accessed_and_dirty,
		a_change_of_flags_takes_no_references,
		pages_that_are_no_tables_take_plain_stores,
		an_untyped_tree_is_taken_in_by_an_upper_update,
		a_foreign_frame_enters_by_grant_only,
		a_grant_by_entry_address_needs_a_live_l1,
		a_table_with_a_foreign_entry_does_not_come_back,
		a_store_to_a_read_only_l1_is_an_update,
		an_entry_may_be_written_upper_half_first,
		cmpxchg8b_is_all_or_nothing,
		other_stores_are_the_guests_own_faults,
		descriptor_pages_hold_checked_descriptors_only,
	};

	return fixture_run("mm entries", tests, ARRAY_SIZE(tests));
}
