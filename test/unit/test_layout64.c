// SPDX-License-Identifier: MIT
// WIDTHS: 64
// SOURCES: hv/domain/layout.c hv/x86_64/boottables.c
/*
 * Where everything of a new 64-bit domain lies, and its first page tables, by
 * a walk through what arch_boot_link_upper() links.
 * See: ABI 1.3
 */
#include <string.h>

#include "domain/builder.h"
#include "harness.h"
#include "layout.h"
#include "x86/arch.h"
#include "x86/boottables.h"
#include "x86/pte.h"

#define KB   1024ULL
#define MB   (1024 * KB)
#define GB   (1024 * MB)
#define BASE 0xffffffff80000000ULL
#define MEM  (256 * MB)
#define P2M  0x8000000000ULL
#define MAX_TABLES 512

static struct elf_info elf;
static struct layout l;
static struct boot_tables t;
/* Table pages by their number behind t.pfn or t.p2m_pfn: pfns that are linked there. */
static unsigned long tables[2][MAX_TABLES][PTES_PER_TABLE];

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	u64 end = gva + len_bytes;

	return end >= gva && (end <= GUEST_LOW_END || gva >= MONITOR_END);
}

/* Debian's 6.1 kernel: image of 58 MiB at 16 MiB above its base. */
static void linux_like(void)
{
	elf = (struct elf_info){
		.is_64bit = true,
		.virt_base = BASE,
		.virt_start = BASE + 16 * MB,
		.virt_end = BASE + 74 * MB,
		.entry = BASE + 20 * MB,
		.has_init_p2m = true,
		.init_p2m = P2M,
		.mod_start_pfn = true,
	};
}

/* GRUB's image: nothing but a base of 0. */
static void grub_like(void)
{
	elf = (struct elf_info){ .is_64bit = true, .virt_end = 3 * MB };
}

static const char *compute(u64 mem_bytes, u64 ramdisk_bytes)
{
	return layout_compute(&elf, mem_bytes, ramdisk_bytes, &l);
}

static unsigned long *table_of(unsigned long pfn)
{
	if (pfn >= t.pfn && pfn < t.pfn + l.nr_pt_pages)
		return tables[0][pfn - t.pfn];
	ck_assert(pfn >= t.p2m_pfn && pfn < t.p2m_pfn + l.nr_p2m_pt_pages);
	return tables[1][pfn - t.p2m_pfn];
}

static void note_link(const struct boot_tables *bt, unsigned long table, unsigned int slot,
		      unsigned long child, bool root)
{
	unsigned long *entry = &table_of(table)[slot];

	ck_assert(bt == &t && !root && slot < PTES_PER_TABLE);
	(void)table_of(child);
	ck_assert(!*entry || *entry == child);
	*entry = child;
}

/* As the builder does it. */
static void link_tables(void)
{
	memset(tables, 0, sizeof(tables));
	t = (struct boot_tables){
		.map_start = l.map_start,
		.map_end = l.map_end,
		.pfn = (l.pt - l.map_start) / PAGE_SIZE,
		.link = note_link,
	};
	if (l.p2m_elsewhere) {
		t.p2m_start = l.p2m;
		t.p2m_end = l.p2m + l.nr_p2m_pages * PAGE_SIZE;
		t.p2m_pfn = l.p2m_pfn + l.nr_p2m_pages;
	}
	arch_boot_link_upper(&t);
}

/* The leaf table that a CPU comes to for va. */
static unsigned long walk(u64 va)
{
	unsigned long pfn = t.pfn;

	for (unsigned int shift = 39; shift > 12; shift -= 9) {
		pfn = table_of(pfn)[va >> shift & 511];
		ck_assert_uint_ne(pfn, 0);
	}
	return pfn;
}

/* Every 2 MiB of a range has a leaf table of its own, found by both ways. */
static void check_range(u64 start, u64 end)
{
	unsigned long seen = 0;

	for (u64 va = start; va < end; va = ROUND_DOWN(va, 2 * MB) + 2 * MB) {
		unsigned long pfn = walk(va);

		ck_assert_uint_eq(pfn, arch_boot_l1_pfn(&t, va));
		ck_assert_uint_ne(pfn, seen);
		seen = pfn;
	}
}

START_TEST(a_p2m_list_of_its_own_lies_behind_everything)
{
	u64 end = BASE + 74 * MB;

	ck_assert_ptr_null(compute(MEM, 5 * MB + 1));
	/* As the ABI's example: no list between the kernel and start_info. */
	ck_assert_uint_eq(l.map_start, BASE);
	ck_assert_uint_eq(l.start_info, end);
	ck_assert_uint_eq(l.store, end + PAGE_SIZE);
	ck_assert_uint_eq(l.console, end + 2 * PAGE_SIZE);
	ck_assert_uint_eq(l.pt, end + 3 * PAGE_SIZE);
	ck_assert_uint_eq(l.nr_pt_pages, 0x29);
	ck_assert_uint_eq(l.map_end, BASE + 76 * MB);
	ck_assert_uint_eq(l.ramdisk_pfn, 0x4c00);
	ck_assert_uint_eq(l.p2m, P2M);
	ck_assert_uint_eq(l.p2m_pfn, 0x4c00 + 5 * 256 + 1);
	ck_assert_uint_eq(l.nr_p2m_pages + l.nr_p2m_pt_pages, 0x83);
}
END_TEST

START_TEST(what_is_mapped_is_found_by_a_walk)
{
	for (u64 mem = MEM; mem <= 16 * GB; mem *= 4) {
		ck_assert_ptr_null(compute(mem, 0));
		link_tables();
		check_range(l.map_start, l.map_end);
		check_range(l.p2m, l.p2m + l.nr_p2m_pages * PAGE_SIZE);
		/* All tables are used: none is linked twice, none left out. */
		ck_assert_uint_eq(walk(l.map_end - 1), t.pfn + l.nr_pt_pages - 1);
		ck_assert_uint_eq(walk(t.p2m_end - 1), t.p2m_pfn + l.nr_p2m_pt_pages - 1);
	}
}
END_TEST

START_TEST(a_p2m_list_may_share_the_tables_above_its_own)
{
	/* In the same 512 GiB, the same GiB, the same 2 MiB as the kernel. */
	static const struct {
		u64 base, p2m;
		unsigned long nr_tables;
	} cases[] = {
		{ 64 * GB, 54 * GB, 2 },
		{ 64 * GB + 64 * MB, 64 * GB + 48 * MB, 1 },
		{ 64 * GB + 65 * MB, 64 * GB + 64 * MB, 0 },
		{ 64 * GB + 65 * MB, 64 * GB + 64 * MB - 256 * KB, 1 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		elf.virt_base = elf.virt_start = elf.entry = cases[i].base;
		elf.virt_end = elf.virt_base + 74 * MB;
		elf.init_p2m = cases[i].p2m;
		ck_assert_ptr_null(compute(MEM, 0));
		ck_assert_uint_eq(l.nr_p2m_pt_pages, cases[i].nr_tables);
		link_tables();
		check_range(l.map_start, l.map_end);
		check_range(l.p2m, l.p2m + l.nr_p2m_pages * PAGE_SIZE);
	}
}
END_TEST

START_TEST(a_p2m_list_above_the_kernel_is_mapped_with_it)
{
	elf.virt_base = elf.virt_start = elf.entry = GB;
	elf.virt_end = GB + 10 * MB;
	ck_assert_ptr_null(compute(MEM, 0));
	ck_assert(!l.p2m_elsewhere);
	ck_assert_uint_eq(l.p2m, GB + 10 * MB);
	link_tables();
	check_range(l.map_start, l.map_end);
}
END_TEST

START_TEST(a_p2m_list_in_the_way_is_refused)
{
	elf.init_p2m = BASE - PAGE_SIZE; /* reaches into the kernel's pages */
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.init_p2m = MONITOR_START;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.init_p2m = MONITOR_END - PAGE_SIZE;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.init_p2m = GUEST_LOW_END - PAGE_SIZE; /* the hole of addresses */
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.init_p2m = GUEST_LOW_END + GB;
	ck_assert_ptr_nonnull(compute(MEM, 0));
	elf.init_p2m = MONITOR_END;
	ck_assert_ptr_null(compute(MEM, 0));
}
END_TEST

START_TEST(a_kernel_may_start_at_address_zero_and_grow)
{
	grub_like();
	for (u64 mem = 32 * MB; mem <= 64 * GB; mem *= 2) {
		ck_assert_ptr_null(compute(mem, 0));
		ck_assert_uint_eq(l.map_start, 0);
		ck_assert_uint_eq(l.p2m, 3 * MB);
		ck_assert_uint_eq(l.nr_p2m_pages, mem / PAGE_SIZE * 8 / PAGE_SIZE);
		link_tables();
		check_range(l.map_start, l.map_end);
		ck_assert_uint_le(walk(l.map_end - 1), t.pfn + l.nr_pt_pages - 1);
	}
}
END_TEST

START_TEST(addresses_that_are_no_guests_are_refused)
{
	static const u64 bases[] = { GUEST_LOW_END - 8 * MB, GUEST_LOW_END,
				     0x123456789abcd000, MONITOR_START,
				     MONITOR_END - 74 * MB, MONITOR_END - PAGE_SIZE };

	for (unsigned int i = 0; i < ARRAY_SIZE(bases); i++) {
		elf.has_init_p2m = false;
		elf.virt_base = elf.virt_start = elf.entry = bases[i];
		elf.virt_end = elf.virt_base + 10 * MB;
		ck_assert_ptr_nonnull(compute(MEM, 0));
	}
	/* Up to the last but not beyond: the spare room must fit as well. */
	elf.virt_base = elf.virt_start = elf.entry = -(16 * MB);
	elf.virt_end = elf.virt_base + 10 * MB;
	ck_assert_ptr_null(compute(16 * MB, 0));
	elf.virt_end = elf.virt_base + 15 * MB;
	ck_assert_ptr_nonnull(compute(32 * MB, 0));
	elf.virt_end = ~0ULL - 5;
	ck_assert_ptr_nonnull(compute(32 * MB, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout64");
	TCase *tc = tcase_create("layout64");

	tcase_add_checked_fixture(tc, linux_like, NULL);
	tcase_add_test(tc, a_p2m_list_of_its_own_lies_behind_everything);
	tcase_add_test(tc, what_is_mapped_is_found_by_a_walk);
	tcase_add_test(tc, a_p2m_list_may_share_the_tables_above_its_own);
	tcase_add_test(tc, a_p2m_list_above_the_kernel_is_mapped_with_it);
	tcase_add_test(tc, a_p2m_list_in_the_way_is_refused);
	tcase_add_test(tc, a_kernel_may_start_at_address_zero_and_grow);
	tcase_add_test(tc, addresses_that_are_no_guests_are_refused);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
