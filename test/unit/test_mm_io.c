// SPDX-License-Identifier: MIT
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/tlb.c hv/mm/m2p.c
// SOURCES: hv/mm/ptwrite.c hv/mm/relinquish.c hv/x86/decode_exec.c hv/x86/desc.c
// SOURCES: hv/mm/audit.c hv/x86_32/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c
// SOURCES: test/unit/mm_fixture.c
/*
 * The memory of devices and firmware: who may map it, with which bits, and
 * that no count changes by it. ABI 3.2, 6.1.
 * See: ABI 3.2
 */
#include "mm_fixture.h"

#define DEVICE MFN(MACHINE_FRAMES + 100) /* past the frame table */
#define HOLE MFN(HOLE_FRAME)		 /* has a struct frame, never used */

static int map(unsigned long gva, mfn_t mfn, u64 flags)
{
	return pt_update_va(&t.ctx, gva, entry(mfn, flags));
}

static pte_t leaf(unsigned int slot)
{
	return machine_page(t.s.l1)[slot];
}

START_TEST(only_the_machines_owner_maps_devices)
{
	ck_assert_int_eq(map(0x5000, DEVICE, 0), -EINVAL);
	ck_assert_int_eq(map(0x5000, HOLE, PTE_RW), -EINVAL);
	t.md.maps_io = true;
	ck_assert_int_eq(map(0x5000, DEVICE, PTE_RW), 0);
	ck_assert_int_eq(map(0x6000, HOLE, 0), 0);
	/* Between the last frame and the first device: no such thing. */
	ck_assert_int_eq(map(0x7000, MFN(MACHINE_FRAMES), 0), -EINVAL);
	/* Memory stays memory: the heap's, and another domain's. */
	ck_assert_int_eq(map(0x7000, MFN(1), 0), -EPERM);
	ck_assert_int_eq(map(0x7000, fixture_foreign_frame(), 0), -EPERM);
	ck_assert_uint_eq(frame_of(HOLE)->count, 0);
	ck_assert_uint_eq(frame_of(HOLE)->type, 0);
	ck_assert_int_eq(map(0x6000, HOLE, PTE_RW), 0);
	ck_assert_int_eq(map(0x5000, HOLE, PTE_RW), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x6000, 0), 0);
	ck_assert_uint_eq(frame_of(HOLE)->count, 0);
}
END_TEST

START_TEST(devices_are_no_tables_nor_grants)
{
	struct pt_ctx by_other = t.ctx;

	t.md.maps_io = true;
	ck_assert_int_eq(pin(HOLE, FT_L1), -EINVAL);
	ck_assert_int_eq(pin(DEVICE, FT_L1), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(HOLE, PTE_RW), false), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, at(HOLE, 1), 0, false), -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, at(DEVICE, 1), 0, false), -EINVAL);
	ck_assert_int_eq(mm_update_descriptor(&t.md, at(HOLE, 1), 0), -EINVAL);
	/* A grant by the machine's owner maps its own frames alone. */
	ck_assert_int_eq(pt_map_foreign_va(&by_other, 0x5000, HOLE, 0), -EPERM);
	ck_assert_int_eq(pt_map_foreign_va(&by_other, 0x5000, DEVICE, PTE_RW), -EPERM);
}
END_TEST

START_TEST(cache_bits)
{
	mfn_t page = fixture_frame();

	ck_assert_int_eq(map(0x5000, page, PTE_PCD), -EINVAL);
	ck_assert_int_eq(map(0x5000, page, PTE_PWT), -EINVAL);
	t.md.maps_io = true;
	ck_assert_int_eq(map(0x5000, DEVICE, PTE_RW | PTE_PCD | PTE_PWT), 0);
	ck_assert(leaf(5) == entry(DEVICE, PTE_RW | PTE_PCD | PTE_PWT));
	ck_assert_int_eq(map(0x5000, DEVICE, PTE_RW | PTE_PAT), 0);
	ck_assert(leaf(5) == entry(DEVICE, PTE_RW));
	ck_assert_int_eq(map(0x5000, DEVICE, 1ull << 52), -EINVAL);
	/* RAM stays cached, whatever is asked for. */
	ck_assert_int_eq(map(0x5000, page, PTE_RW | PTE_PCD | PTE_PWT), 0);
	ck_assert(leaf(5) == entry(page, PTE_RW));
	/* Above L1 the same bits say something else. */
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, PTE_PCD), false),
			 -EINVAL);
	ck_assert_int_eq(pt_update(&t.ctx, at(t.s.l2, 1), entry(t.spare_l1, PTE_PS), false),
			 -EINVAL);
	ck_assert_int_eq(pt_update_va(&t.ctx, 0x5000, 0), 0);
}
END_TEST

START_TEST(tables_with_devices_come_and_go)
{
	mfn_t l1 = fixture_frame();

	guest_write(l1, 0, entry(DEVICE, PTE_RW | PTE_PCD));
	guest_write(l1, 1, entry(HOLE, PTE_RW));
	ck_assert_int_eq(pin(l1, FT_L1), -EINVAL);
	t.md.maps_io = true;
	ck_assert_int_eq(pin(l1, FT_L1), 0);
	ck_assert_int_eq(mm_audit(oracle_visit_holds), 0);
	ck_assert_int_eq(unpin(l1), 0);
	ck_assert_uint_eq(frame_of(HOLE)->count, 0);
	guest_write(l1, 0, 0);
	guest_write(l1, 1, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_the_machines_owner_maps_devices,
		devices_are_no_tables_nor_grants,
		cache_bits,
		tables_with_devices_come_and_go,
	};

	return fixture_run("mm_io", tests, ARRAY_SIZE(tests));
}
