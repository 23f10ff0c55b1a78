/* SPDX-License-Identifier: MIT */
/*
 * What boot loaders say, well formed, odd and random. The test is a 32-bit
 * program, so a pointer serves as a machine address.
 *
 *	SOURCES: hv/platform/bootinfo.c hv/lib/string.c
 * See: Multiboot 3
 */
#include <stdarg.h>
#include <string.h>

#include "harness.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define MB1 0x2badb002u
#define MB2 0x36d76289u

const u64 early_map_bytes = ~0UL;

void printk(const char *format, ...)
{
	(void)format;
}

/* Modules of this test lie where they lie. */
void *arch_map_frame(mfn_t mfn)
{
	return (void *)(mfn.v << PAGE_SHIFT);
}

void arch_unmap_frame(const void *va)
{
	(void)va;
}

static u32 at(const void *p)
{
	return (u32)(unsigned long)p;
}

/* ---- a multiboot2 structure being written ---- */

static u8 buf[4096] __aligned(8);
static u32 used;

static void begin(void)
{
	memset(buf, 0, sizeof(buf));
	used = 8;
}

static void tag(u32 type, const void *data, u32 len)
{
	u32 head[2] = {type, len + 8};

	memcpy(buf + used, head, 8);
	memcpy(buf + used + 8, data, len);
	used += ROUND_UP(len + 8, 8u);
	*(u32 *)buf = used;
}

static void tag_text(u32 type, const char *text)
{
	tag(type, text, (u32)strlen(text) + 1);
}

static void tag_module(u32 start, u32 end, const char *text)
{
	u8 data[2048];

	memcpy(data, &start, 4);
	memcpy(data + 4, &end, 4);
	strcpy((char *)data + 8, text);
	tag(3, data, 8 + (u32)strlen(text) + 1);
}

static void tag_ram(u64 start, u64 len)
{
	struct {
		u32 entry_size, version;
		u64 start, len;
		u32 type, zero;
	} __packed map = {24, 0, start, len, 1, 0};

	tag(6, &map, sizeof(map));
}

START_TEST(multiboot2_from_grub)
{
	begin();
	tag_text(1, "loglvl=all qemu-exit");
	tag_text(2, "GRUB 2.06");
	tag_module(0x200000, 0x201000, "domain=a mem=64M");
	tag_ram(0x100000, 0x3f00000);
	tag(0, "", 0);
	ck_assert_ptr_null(bootinfo_parse(MB2, at(buf)));
	ck_assert_str_eq(boot_info.cmdline, "loglvl=all qemu-exit");
	ck_assert_uint_eq(boot_info.nr_modules, 1);
	ck_assert_str_eq(boot_info.modules[0].args, "domain=a mem=64M");
	ck_assert_uint_eq(boot_info.modules[0].len_bytes, 0x1000);
	ck_assert_uint_eq(boot_info.nr_regions, 1);
	ck_assert_uint_eq(boot_info.regions[0].end, 0x4000000);
}
END_TEST

START_TEST(file_names_go_unless_grub_2_left_them_out)
{
	static const struct {
		const char *loader, *want;
	} cases[] = {{"GRUB 2.06", "/boot/k x"}, {"qemu", "x"}, {"GNU GRUB 0.97", "x"}, {"", "x"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		tag_text(2, cases[i].loader);
		tag_text(1, "/boot/k x");
		tag_module(1, 2, " name  ");
		tag_ram(0, 0x4000000);
		ck_assert_ptr_null(bootinfo_parse(MB2, at(buf)));
		ck_assert_str_eq(boot_info.cmdline, cases[i].want);
		if (i)
			ck_assert_str_eq(boot_info.modules[0].args, "");
	}
}
END_TEST

START_TEST(many_modules_and_long_arguments)
{
	static u8 big[64 * 1024] __aligned(8);
	u32 len = 8;
	char text[1600];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin();
	tag_text(2, "GRUB 2");
	tag_module(0x300000, 0x200000, text); /* backwards: empty */
	tag_ram(0, 0x4000000);
	ck_assert_ptr_null(bootinfo_parse(MB2, at(buf)));
	ck_assert_uint_eq(boot_info.modules[0].len_bytes, 0);
	ck_assert_uint_eq(strlen(boot_info.modules[0].args), BOOT_CMDLINE_MAX - 1);

	for (int i = 0; i < 100; i++, len += 24) {
		u32 module[6] = {3, 18, 0x100000, 0x101000, 0x61, 0};

		memcpy(big + len, module, 24);
	}
	begin();
	tag_ram(0, 0x4000000);
	memcpy(big + len, buf + 8, used - 8);
	*(u32 *)big = len + used - 8;
	ck_assert_ptr_null(bootinfo_parse(MB2, at(big)));
	ck_assert_uint_eq(boot_info.nr_modules, BOOT_MAX_MODULES);
	ck_assert_uint_eq(boot_info.nr_modules_dropped, 100 - BOOT_MAX_MODULES);
}
END_TEST

START_TEST(no_memory_map_but_sizes)
{
	u32 sizes[2] = {639, 64 * 1024};

	begin();
	tag(4, sizes, sizeof(sizes));
	ck_assert_ptr_null(bootinfo_parse(MB2, at(buf)));
	ck_assert_uint_eq(boot_info.nr_regions, 2);
	ck_assert_uint_eq(boot_info.regions[1].end, 65 * 0x100000);
	begin();
	tag_text(1, "x");
	ck_assert_ptr_nonnull(bootinfo_parse(MB2, at(buf)));
}
END_TEST

START_TEST(multiboot1)
{
	static struct {
		u32 size;
		u64 base, len;
		u32 type;
	} __packed map[] = {{20, 0, 0x9f000, 1},
			    {20, 0x100000, 0x3f00000, 1},
			    {20, ~0ULL - 9, 100, 2},
			    {4, 0, 1, 1}};
	static u32 modules[2][4];
	u32 info[32] = {0};

	modules[0][0] = 0x400000;
	modules[0][1] = 0x400800;
	modules[0][2] = at("keeper a=b,c");
	modules[1][2] = 0; /* no string */
	info[0] = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9;
	info[4] = at("ringlet noreboot");
	info[5] = 2;
	info[6] = at(modules);
	info[11] = sizeof(map);
	info[12] = at(map);
	info[16] = at("qemu");
	ck_assert_ptr_null(bootinfo_parse(MB1, at(info)));
	ck_assert_str_eq(boot_info.cmdline, "noreboot");
	ck_assert_str_eq(boot_info.modules[0].args, "a=b,c");
	ck_assert_uint_eq(boot_info.modules[0].len_bytes, 0x800);
	ck_assert_str_eq(boot_info.modules[1].args, "");
	ck_assert_uint_eq(boot_info.nr_regions, 3);
	ck_assert(boot_info.regions[2].end == ~0ULL);
}
END_TEST

START_TEST(nothing_to_go_by)
{
	ck_assert_ptr_nonnull(bootinfo_parse(0x12345678, at(buf)));
	ck_assert_ptr_nonnull(bootinfo_parse(MB1, 0));
	ck_assert_ptr_nonnull(bootinfo_parse(MB2, 0));
	memset(buf, 0xff, 16);
	ck_assert_ptr_nonnull(bootinfo_parse(MB2, at(buf)));
}
END_TEST

/* Damage a good structure: no crash, and the results stay in their bounds. */
START_TEST(damaged_multiboot2)
{
	static u8 good[sizeof(buf)];
	uint64_t state = unit_seed();

	begin();
	tag_text(1, "k loglvl=all");
	tag_text(2, "other");
	tag_module(0x200000, 0x201000, "name domain=a");
	tag_ram(0x100000, 0x3f00000);
	tag(0, "", 0);
	memcpy(good, buf, sizeof(good));
	for (int i = 0; i < 20000; i++) {
		memcpy(buf, good, sizeof(buf));
		for (int k = 0; k < 3; k++)
			buf[8 + unit_random_below(&state, used - 8)] = (u8)unit_random(&state);
		(void)!bootinfo_parse(MB2, at(buf));
		ck_assert_uint_le(boot_info.nr_modules, BOOT_MAX_MODULES);
		ck_assert_uint_le(boot_info.nr_regions, BOOT_MAX_REGIONS);
		ck_assert_uint_lt(strnlen(boot_info.cmdline, BOOT_CMDLINE_MAX), BOOT_CMDLINE_MAX);
	}
}
END_TEST

START_TEST(module_images)
{
	static u8 data[3 * 4096];
	struct boot_module mod = {.start = at(data) + 100, .len_bytes = sizeof(data) - 100};
	struct image img = bootinfo_module_image(&mod);
	u8 out[sizeof(data)];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + i / 256);
	ck_assert(image_read(&img, 0, out, sizeof(data) - 100));
	ck_assert_mem_eq(out, data + 100, sizeof(data) - 100);
	ck_assert(image_read(&img, 5000, out, 10));
	ck_assert_mem_eq(out, data + 5100, 10);
	ck_assert(!image_read(&img, 5000, out, sizeof(data)));
	ck_assert(!image_read(&img, ~0ULL, out, 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bootinfo");
	TCase *tc = tcase_create("parse");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, multiboot2_from_grub);
	tcase_add_test(tc, file_names_go_unless_grub_2_left_them_out);
	tcase_add_test(tc, many_modules_and_long_arguments);
	tcase_add_test(tc, no_memory_map_but_sizes);
	tcase_add_test(tc, multiboot1);
	tcase_add_test(tc, nothing_to_go_by);
	tcase_add_test(tc, damaged_multiboot2);
	tcase_add_test(tc, module_images);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
