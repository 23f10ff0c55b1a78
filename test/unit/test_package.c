// SPDX-License-Identifier: MIT
// SOURCES: hv/domain/package.c hv/lib/string.c
/*
 * Disk images as one module of the initial domain's: every byte is where the
 * descriptors say, wherever the boot loader has put the images.
 * See: ABI 1.4
 */
#include <stdlib.h>

#include "harness.h"
#include "domain/builder.h"
#include "domain/domain.h"

#define MEMORY_PAGES 64u
#define MODULES	     6

static u8 memory[MEMORY_PAGES * PAGE_SIZE];
static struct boot_module modules[MODULES];
static unsigned int nr_modules, nr_said;
static struct build_plan plan;

/* What package.c needs of the monitor. */

void printk(const char *format, ...)
{
	(void)format;
	nr_said++;
}

void *heap_alloc_pages(unsigned int nr)
{
	return calloc(nr, PAGE_SIZE);
}

void heap_free_pages(void *va, unsigned int nr)
{
	(void)nr;
	free(va);
}

bool module_has_frame(const struct boot_module *mod, mfn_t mfn)
{
	u64 start = (u64)mfn.v << PAGE_SHIFT, end = start + PAGE_SIZE;

	for (unsigned int i = 0; i < nr_modules; i++)
		if (&modules[i] != mod && modules[i].start < end &&
		    modules[i].start + modules[i].len_bytes > start)
			return false;
	return true;
}

static void copy(const struct image *img, u64 off, void *dst, size_t n)
{
	ck_assert(off + n <= img->len_bytes);
	memcpy(dst, memory + img->base + off, n);
}

struct image bootinfo_module_image(const struct boot_module *mod)
{
	return (struct image){mod->len_bytes, copy, mod->start};
}

/* A page of the package, handed over or copied, as the builder does it. */
static const u8 *page_of(u64 page)
{
	static u8 copied[PAGE_SIZE];
	mfn_t mfn = plan.ramdisk_frame(page);

	if (!mfn_eq(mfn, INVALID_MFN)) {
		ck_assert_uint_lt(mfn.v, MEMORY_PAGES);
		return memory + mfn.v * PAGE_SIZE;
	}
	memset(copied, 0xee, sizeof(copied));
	ck_assert(image_read(&plan.ramdisk, page << PAGE_SHIFT, copied, PAGE_SIZE));
	return copied;
}

static u8 byte_at(u64 at)
{
	return page_of(at >> PAGE_SHIFT)[at % PAGE_SIZE];
}

static void check_package(void)
{
	struct xen_multiboot_mod_list d;
	unsigned long handed = 0;

	for (unsigned int i = 0; i <= nr_modules; i++) {
		memcpy(&d, page_of(0) + i * sizeof(d), sizeof(d));
		ck_assert_uint_eq(d.pad, 0);
		if (i == nr_modules)
			break;
		ck_assert_uint_eq(d.mod_end - d.mod_start + 1ULL, modules[i].len_bytes);
		ck_assert(d.mod_end < plan.ramdisk.len_bytes);
		for (unsigned int c = 0; c <= strlen(modules[i].args); c++)
			ck_assert_int_eq(byte_at(d.cmdline + c), modules[i].args[c]);
		for (u64 at = 0; at < modules[i].len_bytes; at += 97)
			ck_assert_uint_eq(byte_at(d.mod_start + at),
					  memory[modules[i].start + at]);
		ck_assert_uint_eq(byte_at(d.mod_end),
				  memory[modules[i].start + modules[i].len_bytes - 1]);
	}
	ck_assert_uint_eq(d.mod_start, 0);
	for (u64 page = 0; page < plan.ramdisk.len_bytes >> PAGE_SHIFT; page++)
		handed += !mfn_eq(plan.ramdisk_frame(page), INVALID_MFN);
	ck_assert_uint_eq(handed, plan.nr_ramdisk_frames);
}

static void add_module(u64 start, u64 len_bytes)
{
	struct boot_module *m = &modules[nr_modules];

	*m = (struct boot_module){ .start = start, .len_bytes = len_bytes };
	strcpy(m->args, "disk=a,xvda");
	m->args[10] = (char)('a' + nr_modules++);
}

static void pack(void)
{
	plan = (struct build_plan){ 0 };
	for (unsigned int i = 0; i < nr_modules; i++)
		package_add(&modules[i]);
	ck_assert(package_plan(&plan));
}

START_TEST(aligned_images_are_handed_over_whole)
{
	nr_modules = 0;
	add_module(4 * PAGE_SIZE, 3 * PAGE_SIZE);
	add_module(7 * PAGE_SIZE, PAGE_SIZE + 1);
	pack();
	ck_assert_uint_eq(plan.nr_ramdisk_frames, 5);
	ck_assert_uint_eq(plan.ramdisk.len_bytes, 6 * PAGE_SIZE);
	check_package();
	package_done();
}
END_TEST

START_TEST(shared_frames_are_copied)
{
	nr_modules = 0;
	add_module(4 * PAGE_SIZE + 512, PAGE_SIZE);
	add_module(5 * PAGE_SIZE + 512, 100);
	add_module(5 * PAGE_SIZE + 612, 3 * PAGE_SIZE);
	pack();
	ck_assert_uint_eq(plan.nr_ramdisk_frames, 1 + 0 + 3);
	check_package();
	package_done();
}
END_TEST

/* Images one behind the other, of any length, with or without gaps. */
START_TEST(every_byte_is_where_it_should_be)
{
	u64 state = unit_seed();

	for (unsigned int i = 0; i < sizeof(memory); i++)
		memory[i] = (u8)unit_random(&state);
	for (int round = 0; round < 300; round++) {
		u64 at = unit_random_below(&state, 3 * PAGE_SIZE);
		unsigned int nr = 1 + unit_random_below(&state, MODULES);

		nr_modules = 0;
		while (nr_modules < nr) {
			u64 len = 1 + unit_random_below(&state, 8 * PAGE_SIZE);

			add_module(at, len);
			at += len + (unit_random_below(&state, 2) ? 0 :
					unit_random_below(&state, PAGE_SIZE));
		}
		pack();
		check_package();
		package_done();
	}
	ck_assert_uint_eq(nr_said, 0);
}
END_TEST

START_TEST(without_images_there_is_no_package)
{
	nr_modules = 0;
	pack();
	ck_assert_ptr_null(plan.ramdisk_frame);
	ck_assert_uint_eq(plan.ramdisk.len_bytes, 0);
	package_done();
}
END_TEST

START_TEST(what_lies_behind_4_gb_is_left_out)
{
	nr_modules = 0;
	add_module(0, 3ULL << 30);
	add_module(4 * PAGE_SIZE, 1ULL << 30);
	plan = (struct build_plan){ 0 };
	package_add(&modules[0]);
	package_add(&modules[1]);
	ck_assert(package_plan(&plan));
	ck_assert_uint_eq(nr_said, 1);
	ck_assert(plan.ramdisk.len_bytes <= 1ULL << 32);
	package_done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("package");
	TCase *tcase = tcase_create("package");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, aligned_images_are_handed_over_whole);
	tcase_add_test(tcase, shared_frames_are_copied);
	tcase_add_test(tcase, every_byte_is_where_it_should_be);
	tcase_add_test(tcase, without_images_there_is_no_package);
	tcase_add_test(tcase, what_lies_behind_4_gb_is_left_out);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
