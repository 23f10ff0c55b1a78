// SPDX-License-Identifier: MIT
// SOURCES: hv/domain/layout.c hv/x86_32/boottables.c
/*
 * Where everything of a new domain lies, and the shape of its first tables.
 * See: ABI 1.3
 */
#include "harness.h"
#include "domain/builder.h"
#include "mm/mm.h"
#include "x86/boottables.h"

#define MB	 (1024ULL * 1024)
#define BASE	 0xc0000000ULL
#define MEM	 (64 * MB)
#define MONITOR	 0xf5800000ULL

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	return gva <= MONITOR && len_bytes <= MONITOR - gva;
}

static struct elf_info elf;
static struct layout l;

/* A kernel of 10 MiB and a bit, 16 MiB above its base, as Linux's is. */
static void linux_like(void)
{
	elf = (struct elf_info){
		.virt_base = BASE,
		.virt_start = BASE + 16 * MB,
		.virt_end = BASE + 26 * MB + 123,
		.entry = BASE + 17 * MB,
	};
}

static const char *compute(u64 mem_bytes, u64 ramdisk_bytes)
{
	return layout_compute(&elf, mem_bytes, ramdisk_bytes, &l);
}

START_TEST(parts_follow_each_other_in_order)
{
	u64 kernel_end = BASE + 26 * MB + PAGE_SIZE;

	ck_assert_ptr_null(compute(MEM, 5 * MB + 1));
	ck_assert_uint_eq(l.nr_pages, MEM / PAGE_SIZE);
	ck_assert_uint_eq(l.map_start, BASE);
	ck_assert_uint_eq(l.ramdisk, kernel_end);
	ck_assert_uint_eq(l.ramdisk_pfn, (kernel_end - BASE) / PAGE_SIZE);
	ck_assert_uint_eq(l.p2m, kernel_end + 5 * MB + PAGE_SIZE);
	ck_assert_uint_eq(l.nr_p2m_pages, l.nr_pages * sizeof(long) / PAGE_SIZE);
	ck_assert_uint_eq(l.start_info, l.p2m + l.nr_p2m_pages * PAGE_SIZE);
	ck_assert_uint_eq(l.store, l.start_info + PAGE_SIZE);
	ck_assert_uint_eq(l.console, l.store + PAGE_SIZE);
	ck_assert_uint_eq(l.pt, l.console + PAGE_SIZE);
	ck_assert_uint_eq(l.stack, l.pt + l.nr_pt_pages * PAGE_SIZE);
}
END_TEST

START_TEST(spare_room_is_mapped_behind_the_stack)
{
	u64 used;

	/* Whatever the kernel's size, to the byte around a boundary. */
	for (u64 end = BASE + 26 * MB; end < BASE + 32 * MB; end += 255 * 1024 + 7) {
		elf.virt_end = end;
		ck_assert_ptr_null(compute(MEM, 0));
		used = l.stack + PAGE_SIZE;
		ck_assert_uint_eq(l.map_end % (4 * MB), 0);
		ck_assert(l.map_end >= used + 512 * 1024);
		ck_assert(l.map_end < used + 512 * 1024 + 4 * MB);
		/* The tables map just that, themselves included. */
		ck_assert_uint_ge(l.nr_pt_pages, arch_boot_pt_pages(l.map_start, l.map_end));
	}
}
END_TEST

START_TEST(a_ramdisk_by_pfn_lies_behind_all_that_is_mapped)
{
	elf.mod_start_pfn = true;
	ck_assert_ptr_null(compute(MEM, 5 * MB + 1));
	ck_assert_uint_eq(l.ramdisk, l.ramdisk_pfn);
	ck_assert_uint_eq(l.ramdisk_pfn, (l.map_end - BASE) / PAGE_SIZE);
	ck_assert_uint_eq(l.p2m, BASE + 26 * MB + PAGE_SIZE);
	/* To the last page, and not one byte more. */
	ck_assert_ptr_null(compute(MEM, MEM - (l.map_end - BASE)));
	ck_assert_ptr_nonnull(compute(MEM, MEM - (l.map_end - BASE) + 1));
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	ck_assert_ptr_nonnull(compute(26 * MB, 0)); /* the kernel's last byte */
	ck_assert_ptr_nonnull(compute(27 * MB, 0)); /* its spare room */
	ck_assert_ptr_nonnull(compute(MEM, MEM));
	ck_assert_ptr_nonnull(compute(MEM, ~0ULL));
	ck_assert_ptr_nonnull(compute(~0ULL, 0));
	elf.entry = elf.virt_end;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	linux_like();
	elf.has_hypercall_page = true;
	elf.hypercall_page = elf.virt_end + PAGE_SIZE;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.hypercall_page = elf.virt_start + 8;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.hypercall_page = elf.virt_start;
	ck_assert_ptr_null(compute(MEM, 0));
	linux_like();
	elf.virt_base = 0xf4000000;
	elf.virt_start = elf.entry = elf.virt_base;
	elf.virt_end = elf.virt_base + 24 * MB - PAGE_SIZE;
	ck_assert_ptr_nonnull(compute(MEM, 0)); /* no room below the monitor for the rest */
	elf.virt_end = MONITOR + 1;
	ck_assert_ptr_nonnull(compute(MEM, 0));
}
END_TEST

START_TEST(a_kernel_may_start_at_address_zero)
{
	elf.virt_base = elf.virt_start = elf.entry = 0;
	elf.virt_end = 3 * MB;
	ck_assert_ptr_null(compute(16 * MB, 0));
	ck_assert_uint_eq(l.map_start, 0);
	ck_assert_uint_eq(l.p2m, 3 * MB);
}
END_TEST

static unsigned int nr_roots, nr_middle;

static void note_link(const struct boot_tables *t, unsigned long table, unsigned int slot,
		      unsigned long child, bool root)
{
	if (root) {
		/* All four, in their order: slot 3 is the monitor's as well. */
		ck_assert(table == t->pfn && slot == nr_roots && child == t->pfn + 1 + slot);
		nr_roots++;
		return;
	}
	/* The last GiB's table leads to the leaves, one after the other. */
	ck_assert(table == t->pfn + 4 && slot == nr_middle && child == t->pfn + 5 + nr_middle);
	nr_middle++;
}

START_TEST(tables_are_root_middle_leaves)
{
	struct boot_tables t = { .link = note_link };

	ck_assert_ptr_null(compute(MEM, 0));
	t.map_start = l.map_start;
	t.map_end = l.map_end;
	t.pfn = (unsigned long)((l.pt - BASE) / PAGE_SIZE);
	nr_roots = nr_middle = 0;
	arch_boot_link_upper(&t);
	ck_assert_uint_eq(nr_roots, 4);
	ck_assert_uint_eq(nr_middle, (l.map_end - BASE) / (2 * MB));
	ck_assert_uint_eq(arch_boot_l1_pfn(&t, (unsigned long)BASE), t.pfn + 5);
	ck_assert_uint_eq(arch_boot_l1_pfn(&t, (unsigned long)l.map_end - 1),
			  t.pfn + 4 + nr_middle);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tc = tcase_create("layout");

	tcase_add_checked_fixture(tc, linux_like, NULL);
	tcase_add_test(tc, parts_follow_each_other_in_order);
	tcase_add_test(tc, spare_room_is_mapped_behind_the_stack);
	tcase_add_test(tc, a_ramdisk_by_pfn_lies_behind_all_that_is_mapped);
	tcase_add_test(tc, what_does_not_fit_is_refused);
	tcase_add_test(tc, a_kernel_may_start_at_address_zero);
	tcase_add_test(tc, tables_are_root_middle_leaves);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
