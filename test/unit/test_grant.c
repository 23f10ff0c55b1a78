/* SPDX-License-Identifier: MIT */
/*
 * See: ABI 6.5
 * SOURCES: hv/domain/grant.c hv/domain/grant_map.c hv/domain/grant_copy.c
 * SOURCES: test/unit/grant_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * The rules of grants, one by one: who may map what, what the owner is told,
 * and what becomes of it all.
 */
#include <string.h>

#include "grant_machine.h"
#include "harness.h"

START_TEST(mapping_tells_the_owner_and_unmapping_takes_it_back)
{
	long rw, ro;

	grant_to(1, 3, 0, 5, 0);
	rw = slot_map(0, 1, 3, 2);
	ck_assert_int_ge(rw, 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_reading | GTF_writing);
	ck_assert_uint_eq(pte_mfn(tables[0][2]).v, 5);
	ck_assert(tables[0][2] & PTE_RW);
	ro = slot_map_flags(0, 1, 3, 3, GNTMAP_host_map | GNTMAP_readonly);
	ck_assert_int_ge(ro, 0);
	ck_assert(!(tables[0][3] & PTE_RW));
	ck_assert_int_eq(slot_unmap(0, rw, 2), GNTST_okay);
	ck_assert_uint_eq(tables[0][2], 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_reading);
	ck_assert_int_eq(slot_unmap(0, ro, 3), GNTST_okay);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_int_eq(slot_unmap(0, ro, 3), GNTST_bad_handle);
}
END_TEST

START_TEST(only_who_was_named_may_map)
{
	grant_to(1, 3, 0, 5, 0);
	ck_assert_int_eq(slot_map(2, 1, 3, 0), GNTST_general_error);
	ck_assert_int_eq(slot_map(0, 2, 3, 0), GNTST_bad_gntref);
	ck_assert_int_eq(slot_map(0, 9, 3, 0), GNTST_bad_domain);
	ck_assert_int_eq(slot_map(0, DOMID_SELF, 3, 0), GNTST_bad_domain);
	ck_assert_int_eq(slot_map(0, 1, 4, 0), GNTST_bad_gntref);
	ck_assert_int_eq(slot_map(0, 1, GRANTS_PER_FRAME, 0), GNTST_bad_gntref);
	ck_assert_int_eq(slot_map(0, 1, 0xffffffff, 0), GNTST_bad_gntref);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_uint_eq(tables[0][0], 0);
}
END_TEST

START_TEST(readonly_stays_readonly)
{
	grant_to(1, 3, 0, 5, GTF_readonly);
	ck_assert_int_eq(slot_map(0, 1, 3, 0), GNTST_general_error);
	ck_assert_int_ge(slot_map_flags(0, 1, 3, 0, GNTMAP_host_map | GNTMAP_readonly), 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_readonly | GTF_reading);
}
END_TEST

START_TEST(other_types_are_refused)
{
	static const u16 types[] = { GTF_invalid, GTF_accept_transfer, GTF_transitive };

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		grant_to(1, 3, 0, 5, 0);
		grant_entry(1, 3)->flags = types[i];
		ck_assert_int_eq(slot_map(0, 1, 3, 0), GNTST_bad_gntref);
		ck_assert_uint_eq(grant_flags(1, 3), types[i]);
	}
}
END_TEST

START_TEST(one_can_grant_only_ones_own_frames)
{
	static const u32 not_its_own[] = { 0, 9, NR_FRAMES, 0xffffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(not_its_own); i++) {
		grant_to(1, 3, 0, not_its_own[i], 0);
		ck_assert_int_eq(slot_map(0, 1, 3, 0), GNTST_bad_page);
		ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	}
	/* A page table isn't to be had writable. */
	frames[6].is_table = true;
	grant_to(1, 3, 0, 6, 0);
	ck_assert_int_eq(slot_map(0, 1, 3, 0), GNTST_general_error);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_int_ge(slot_map_flags(0, 1, 3, 0, GNTMAP_host_map | GNTMAP_readonly), 0);
}
END_TEST

START_TEST(flags_reach_the_entry)
{
	u32 f = GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte |
		(1u << _GNTMAP_guest_avail0);
	long h;

	grant_to(1, 3, 0, 5, 0);
	h = slot_map_flags(0, 1, 3, 4, f);
	ck_assert_int_ge(h, 0);
	ck_assert_uint_eq(tables[0][4] & (PTE_US | PTE_RW | PTE_AVAIL), PTE_US | PTE_RW | (1 << 9));
	ck_assert_int_eq(slot_unmap(0, h, 4), GNTST_bad_virt_addr);
	ck_assert_int_eq(slot_unmap_at(0, h, slot_maddr(0, 4)), GNTST_okay);
	ck_assert_int_eq(slot_map_flags(0, 1, 3, 4, GNTMAP_device_map), GNTST_general_error);
	h = slot_map_flags(0, 1, 3, 4, GNTMAP_host_map | GNTMAP_device_map);
	ck_assert_int_eq(slot_unmap(0, h, 4), GNTST_okay);
	ck_assert_int_eq(slot_map_flags(0, 1, 3, 4, GNTMAP_host_map | 1 << 7), GNTST_general_error);
	ck_assert_int_eq(slot_map_flags(0, 1, 3, 4, 0), GNTST_general_error);
	ck_assert_int_eq(slot_map(0, 1, 3, NR_ENTRIES), GNTST_bad_virt_addr);
	/* Bits above the address space aren't cut off. */
	struct gnttab_map_grant_ref op = { .host_addr = 1ULL << 32, .flags = GNTMAP_host_map,
					   .ref = 3, .dom = 1 };
	grant_map(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_virt_addr);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(a_pin_is_no_licence_for_another_frame)
{
	long h;

	grant_to(1, 3, 0, 5, 0);
	h = slot_map(0, 1, 3, 0);
	grant_entry(1, 3)->frame = 6;
	ck_assert_int_eq(slot_map(0, 1, 3, 1), GNTST_general_error);
	ck_assert_uint_eq(pte_mfn(tables[0][0]).v, 5);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_reading | GTF_writing);
	/* Nor for what has been withdrawn, or given to another. */
	grant_entry(1, 3)->frame = 5;
	grant_entry(1, 3)->flags = 0;
	ck_assert_int_eq(slot_map(0, 1, 3, 1), GNTST_bad_gntref);
	grant_to(1, 3, 2, 5, 0);
	ck_assert_int_eq(slot_map(2, 1, 3, 1), GNTST_general_error);
	ck_assert_int_eq(slot_unmap(0, h, 0), GNTST_okay);
	ck_assert_int_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_int_ge(slot_map(2, 1, 3, 1), 0);
}
END_TEST

START_TEST(unmap_finds_its_entry_from_another_address_space)
{
	long h;

	grant_to(1, 3, 0, 5, 0);
	h = slot_map(0, 1, 3, 2);
	vcpus[0].arch.root = MFN(2); /* where linear address 2 is something else */
	ck_assert_int_eq(slot_unmap(0, h, 2), GNTST_okay);
	ck_assert_uint_eq(tables[0][2], 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(a_replaced_entry_is_left_alone)
{
	long h;

	grant_to(1, 3, 0, 5, 0);
	h = slot_map(0, 1, 3, 2);
	slot_drop(&tables[0][2]);
	ck_assert(frame_get(MFN(1), &doms[0].mm));
	tables[0][2] = pte_make(MFN(1), PTE_P);
	ck_assert_int_eq(slot_unmap(0, h, 2), GNTST_okay);
	ck_assert_uint_eq(pte_mfn(tables[0][2]).v, 1);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(mappings_outlive_their_granter)
{
	long h;

	grant_to(1, 3, 0, 5, 0);
	h = slot_map(0, 1, 3, 2);
	doms[1].dying = doms[1].mm.dying = true;
	ck_assert_int_eq(slot_map(0, 1, 3, 4), GNTST_bad_page);
	grant_release_mappings(&doms[1]);
	grant_table_destroy(&doms[1]);
	gone[1] = true;
	ck_assert_int_eq(dom_refs[1], 1);
	ck_assert_int_eq(frames[5].refs, 1);
	ck_assert_int_eq(slot_map(0, 1, 3, 4), GNTST_bad_domain);
	ck_assert_int_eq(slot_unmap(0, h, 2), GNTST_okay);
	ck_assert_int_eq(dom_refs[1], 0);
	ck_assert_int_eq(frames[5].refs, 0);
}
END_TEST

START_TEST(a_dying_mapper_drops_its_pins)
{
	grant_to(1, 3, 0, 5, 0);
	ck_assert_int_ge(slot_map(0, 1, 3, 2), 0);
	ck_assert_int_ge(slot_map(0, 1, 3, 3), 0);
	grant_release_mappings(&doms[0]);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_int_eq(dom_refs[1], 0);
	ck_assert_int_eq(slot_unmap(0, 0, 2), GNTST_bad_handle);
}
END_TEST

START_TEST(replace_moves_an_own_page_in)
{
	long h, other;

	grant_to(1, 3, 0, 5, 0);
	grant_to(1, 4, 0, 6, 0);
	h = slot_map(0, 1, 3, 2);
	other = slot_map(0, 1, 4, 7);
	slot_map_own(0, 5, 1);
	ck_assert_int_eq(slot_replace(0, h, 3, 5 * PAGE_SIZE), GNTST_bad_virt_addr);
	ck_assert_int_eq(slot_replace(0, h + 9, 2, 5 * PAGE_SIZE), GNTST_bad_handle);
	ck_assert_int_eq(slot_replace(0, h, 2, NR_ENTRIES * PAGE_SIZE), GNTST_general_error);
	ck_assert_int_eq(slot_replace(0, h, 2, (1ULL << 32) + 5 * PAGE_SIZE), GNTST_bad_virt_addr);
	/* A granted page must stay where its handle knows it. */
	ck_assert_int_eq(slot_replace(0, h, 2, 7 * PAGE_SIZE), GNTST_general_error);
	ck_assert_int_eq(slot_replace(0, h, 2, 2 * PAGE_SIZE), GNTST_general_error);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_reading | GTF_writing);
	ck_assert_int_eq(slot_replace(0, h, 2, 5 * PAGE_SIZE), GNTST_okay);
	ck_assert_uint_eq(pte_mfn(tables[0][2]).v, 1);
	ck_assert_uint_eq(tables[0][5], 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	ck_assert_int_eq(frames[5].refs, 0);
	ck_assert_int_eq(slot_unmap(0, h, 2), GNTST_bad_handle);
	h = slot_map(0, 1, 3, 3);
	slot_map_own(0, 0, 2);
	ck_assert_int_eq(slot_replace(0, h, 3, 0), GNTST_okay);
	ck_assert_uint_eq(tables[0][3], 0);
	ck_assert_uint_ne(tables[0][0], 0);
	slot_drop(&tables[0][0]);
	/* Nothing at the new place: as unmap. */
	ck_assert_int_eq(slot_replace(0, other, 7, 5 * PAGE_SIZE), GNTST_okay);
	ck_assert_uint_eq(tables[0][7], 0);
	slot_drop(&tables[0][2]);
}
END_TEST

START_TEST(handles_run_out_and_come_back)
{
	u32 max = GRANT_MAPTRACK_PAGES * GRANT_MAPTRACK_PER_PAGE, n = 0;
	long h;

	grant_to(1, 3, 0, 5, 0);
	while ((h = slot_map_flags(0, 1, 3, 2, GNTMAP_host_map | GNTMAP_readonly)) >= 0)
		ck_assert_int_eq(h, n++);
	ck_assert_int_eq(h, GNTST_no_space);
	ck_assert_uint_eq(n, max);
	ck_assert_int_eq(slot_unmap(0, 77, 2), GNTST_okay);
	ck_assert_int_eq(slot_map(0, 1, 3, 2), 77);
	ck_assert_int_eq(slot_unmap(0, max, 2), GNTST_bad_handle);
	ck_assert_int_eq(slot_unmap(0, -1, 2), GNTST_bad_handle);
}
END_TEST

START_TEST(no_memory_is_said)
{
	grant_to(1, 3, 0, 5, 0);
	heap_left = 0;
	ck_assert_int_eq(slot_map(0, 1, 3, 2), GNTST_no_space);
	heap_left = 1; /* handles, and then no pins */
	ck_assert_int_eq(slot_map(0, 1, 3, 2), GNTST_no_space);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access);
	heap_left = 1000;
	ck_assert_int_eq(slot_map(0, 1, 3, 2), 0);
}
END_TEST

START_TEST(setup_table_grows_and_tells_the_frames)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 3 };
	struct gnttab_query_size size = { .dom = DOMID_SELF };

	ck_assert_int_eq(grant_setup_table(&doms[1], &op), 0);
	ck_assert_int_eq(op.status, GNTST_okay);
	ck_assert_uint_eq(told_bytes, 3 * sizeof(xen_pfn_t));
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_eq(told_frames[i], va_to_mfn(doms[1].grants.frames[i]).v);
	ck_assert_int_eq(grant_query_size(&doms[1], &size), 0);
	ck_assert_uint_eq(size.nr_frames, 3);
	ck_assert_uint_eq(size.max_nr_frames, GRANT_MAX_FRAMES);
	op.nr_frames = GRANT_MAX_FRAMES + 1;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_general_error);
	op.nr_frames = 1;
	op.dom = 2;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_permission_denied);
	grant_setup_table(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_okay);
	op.dom = 17;
	grant_setup_table(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_domain);
	op.dom = DOMID_SELF;
	list_unmapped = true;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_bad_virt_addr);
	/* The new frames' entries work. */
	doms[1].grants.frames[2][7] = (grant_entry_v1_t){ .flags = GTF_permit_access, .frame = 5 };
	ck_assert_int_ge(slot_map(0, 1, 2 * GRANTS_PER_FRAME + 7, 0), 0);
}
END_TEST

START_TEST(the_builders_grants_are_for_the_initial_domain)
{
	grant_set_entry(&doms[1], 0, 0, MFN(4));
	ck_assert_int_ge(slot_map(0, 1, 0, 0), 0);
	ck_assert_int_eq(slot_map(2, 1, 0, 0), GNTST_general_error);
}
END_TEST

START_TEST(copy_between_frames)
{
	struct gnttab_copy op = { .source = { .u.ref = 3, .domid = 1, .offset = 100 },
				  .dest = { .u.gmfn = 2, .domid = DOMID_SELF, .offset = 4000 },
				  .len = 96, .flags = GNTCOPY_source_gref };

	grant_to(1, 3, 0, 5, GTF_readonly);
	memset(frames[5].bytes, 0x5a, PAGE_SIZE);
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_okay);
	ck_assert_uint_eq(frames[2].bytes[4000], 0x5a);
	ck_assert_uint_eq(frames[2].bytes[4095], 0x5a);
	ck_assert_uint_eq(frames[2].bytes[3999], 0);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_readonly);
	op.len = 97;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_copy_arg);
	op.len = 1;
	op.dest.u.gmfn = 5; /* another's frame by its number */
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_page);
	op.dest.domid = 1;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_permission_denied);
	op.dest = (struct gnttab_copy_ptr){ .u.ref = 3, .domid = 1 };
	op.flags |= GNTCOPY_dest_gref;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_general_error); /* granted read-only */
	op.dest = (struct gnttab_copy_ptr){ .u.gmfn = 2, .domid = DOMID_SELF };
	op.flags = GNTCOPY_source_gref;
	frames[2].is_table = true;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_page);
	op.source.domid = 77;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_domain);
	ck_assert_uint_eq(grant_flags(1, 3), GTF_permit_access | GTF_readonly);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant");
	TCase *tc = tcase_create("rules");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, mapping_tells_the_owner_and_unmapping_takes_it_back);
	tcase_add_test(tc, only_who_was_named_may_map);
	tcase_add_test(tc, readonly_stays_readonly);
	tcase_add_test(tc, other_types_are_refused);
	tcase_add_test(tc, one_can_grant_only_ones_own_frames);
	tcase_add_test(tc, flags_reach_the_entry);
	tcase_add_test(tc, a_pin_is_no_licence_for_another_frame);
	tcase_add_test(tc, unmap_finds_its_entry_from_another_address_space);
	tcase_add_test(tc, a_replaced_entry_is_left_alone);
	tcase_add_test(tc, mappings_outlive_their_granter);
	tcase_add_test(tc, a_dying_mapper_drops_its_pins);
	tcase_add_test(tc, replace_moves_an_own_page_in);
	tcase_add_test(tc, handles_run_out_and_come_back);
	tcase_add_test(tc, no_memory_is_said);
	tcase_add_test(tc, setup_table_grows_and_tells_the_frames);
	tcase_add_test(tc, the_builders_grants_are_for_the_initial_domain);
	tcase_add_test(tc, copy_between_frames);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
