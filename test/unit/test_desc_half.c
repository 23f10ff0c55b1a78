// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/x86/desc_half.c hv/x86/desc.c
/*
 * The two halves of a 4 GiB segment: each covers its own offsets to the byte,
 * or to the page of its far end, and not one byte of the monitor's.
 * See: ABI 2.1, 4.8; SDM 3A 3.4.5, 5.3
 */
#include "harness.h"
#include "lib/types.h"
#include "x86/desc_half.h"

#define HIGHEST 0xf67fffffu

static const struct desc_rules rules = {.limit = HIGHEST, .min_dpl = 1};
static const struct desc_rules no_limit = {.limit = 0xffffffff, .min_dpl = 3, .allow_l = true};

/* A present 32-bit data segment of 4 GiB. */
static desc_t whole(u32 base, unsigned int dpl)
{
	return 0x00cf92000000ffffull | (u64)dpl << 45 | (u64)(base & 0xffffff) << 16 |
	       (u64)(base >> 24) << 56;
}

static u32 base_of(desc_t d)
{
	return (u32)(d >> 16 & 0xffffff) | (u32)(d >> 56) << 24;
}

static bool is_down(desc_t d)
{
	return (d >> 40 & 12) == 4;
}

static bool is_half(desc_t d, const struct desc_rules *under)
{
	desc_t half;

	return desc_half_for(d, under, (struct offset_range){0, 0}, &half) != HALF_NO_SEGMENT;
}

/* Whether the CPU would let an access to this offset through. */
static bool allows(desc_t d, u32 offset)
{
	u32 limit = ((u32)(d & 0xffff) | (u32)(d >> 32 & 0xf0000)) << 12 | 0xfff;

	ck_assert(d & DESC_G && d & DESC_DB && d & DESC_P && d & DESC_S);
	return is_down(d) ? offset > limit : offset <= limit;
}

/* One base: which half serves which offset. */
static void try_base(u32 base, u64 *rng)
{
	desc_t d = whole(base, 1 + unit_random_below(rng, 3)), half, other;
	bool served;

	if (!desc_check(&d, &rules) || !is_half(d, &rules))
		return;
	for (int i = 0; i < 200; i++) {
		u32 first = (u32)unit_random(rng), size = 1 + unit_random_below(rng, 16);
		struct offset_range range;
		u64 linear;

		/* Near the ends of the halves as often as anywhere. */
		if (i % 4 == 0)
			first = unit_random_below(rng, 64) - 32;
		else if (i % 4 == 1)
			first = 0 - base + unit_random_below(rng, 0x2100) - 0x1080;
		else if (i % 4 == 2)
			first = HIGHEST - base + unit_random_below(rng, 0x2100) - 0x1080;
		range = (struct offset_range){first, first + size - 1};
		if (range.last < range.first)
			continue;
		served = desc_half_for(d, &rules, range, &half) == HALF_FOUND;
		linear = (u64)base + first;
		if (linear >> 32)
			linear -= 1ull << 32;
		if (served) {
			ck_assert(linear + size - 1 <= HIGHEST);
			ck_assert(allows(half, range.first) && allows(half, range.last));
			ck_assert_uint_eq(is_down(half), (u64)base + first >= 1ull << 32);
			/* The same segment otherwise, and still harmless and a half. */
			ck_assert_uint_eq(base_of(half), base);
			ck_assert_uint_eq((half ^ d) & ~0x000f04000000ffffull, 0);
			other = half;
			ck_assert(desc_check(&other, &rules) && other == half);
			/* There and back again. */
			ck_assert(desc_half_for(half, &rules, (struct offset_range){0, 0},
						&other) == HALF_FOUND);
			ck_assert_uint_eq(other, d);
		} else {
			/* All but the page in which a half ends is served. */
			ck_assert(linear + size - 1 > HIGHEST - 0x1000 || linear < 0x1000);
		}
	}
}

START_TEST(every_offset_has_its_half)
{
	u64 rng = unit_seed();

	for (u32 base = 0x1000; base < 0xf6000000; base += 0x00fff234)
		try_base(base, &rng);
	for (int i = 0; i < 300; i++)
		try_base((u32)unit_random(&rng), &rng);
}
END_TEST

START_TEST(straddling_offsets_have_none)
{
	desc_t d = whole(0xb7e01040, 3), half;

	ck_assert(desc_check(&d, &rules));
	ck_assert(desc_half_for(d, &rules, (struct offset_range){0xfffffffc, 0xffffffff}, &half) ==
		  HALF_FOUND);
	ck_assert(is_down(half));
	/* The caller tells wrapped ranges apart; from above and below they are none. */
	ck_assert(desc_half_for(d, &rules, (struct offset_range){0x40000000, 0xffffffff}, &half) ==
		  HALF_NONE);
	ck_assert(desc_half_for(d, &rules, (struct offset_range){0, 0xffffffff}, &half) ==
		  HALF_NONE);
}
END_TEST

/* Whatever a guest writes: a half has passed the check, and is of this kind. */
START_TEST(only_harmless_descriptors_are_halves)
{
	u64 rng = unit_seed();
	unsigned int nr = 0;

	for (int i = 0; i < 200000; i++) {
		desc_t d = unit_random(&rng), checked;

		if (i % 2)
			d = (d & 0xff00040ffffff000ull) | 0x00c0920000000fffull;
		checked = d;
		if (i % 4 == 3 && !desc_check(&d, &rules))
			continue;
		if (!is_half(d, &rules))
			continue;
		nr++;
		checked = d;
		ck_assert(desc_check(&checked, &rules) && checked == d);
		ck_assert_uint_eq(d >> 43 & 1, 0);
		ck_assert(d & DESC_P && d & DESC_S && d & DESC_G && d & DESC_DB);
		ck_assert(base_of(d) != 0);
	}
	ck_assert_uint_gt(nr, 50);
}
END_TEST

START_TEST(other_segments_are_no_halves)
{
	desc_t d = whole(0, 1);

	/* Flat: nothing lies below its base. */
	ck_assert(desc_check(&d, &rules) && !is_half(d, &rules));
	d = whole(0xb0000000, 1);
	ck_assert(!is_half(d, &rules));
	ck_assert(desc_check(&d, &rules) && is_half(d, &rules));
	ck_assert(!is_half(d - 1, &rules)); /* a page shorter */
	ck_assert(!is_half(d & ~DESC_DB, &rules));
	ck_assert(!is_half(d & ~DESC_P, &rules));
	ck_assert(!is_half(d & ~DESC_S, &rules));
	ck_assert(!is_half(d | 8ull << 40, &rules)); /* code */
	ck_assert(!is_half(d & ~(3ull << DESC_DPL_SHIFT), &rules));
	d = whole(0xb0000000, 3);
	ck_assert(!is_half(d, &no_limit));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("desc_half");
	TCase *tc = tcase_create("desc_half");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_offset_has_its_half);
	tcase_add_test(tc, straddling_offsets_have_none);
	tcase_add_test(tc, only_harmless_descriptors_are_halves);
	tcase_add_test(tc, other_segments_are_no_halves);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
