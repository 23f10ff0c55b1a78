// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/x86/desc.c
/*
 * The descriptor check against an oracle that reads a descriptor the way the
 * CPU does and finds the highest linear address it reaches.
 * See: ABI 4.8; SDM 3A 3.4.5, 5.3
 */
#include "harness.h"
#include "lib/types.h"
#include "x86/desc.h"

#define HIGHEST 0xf67fffffu
#define TOP	0xffffffffu

static const struct desc_rules rules32 = {.limit = HIGHEST, .min_dpl = 1};
static const struct desc_rules rules64 = {.limit = TOP, .min_dpl = 3, .allow_l = true};

/* The fields as SDM vol. 3A, figure 3-8 has them, taken from the two words. */
struct fields {
	u32 base, limit_field;
	unsigned int type, s, dpl, p, avl, l, db, g;
};

static struct fields unpack(desc_t d)
{
	u32 w0 = (u32)d, w1 = (u32)(d >> 32);

	return (struct fields){
		.base = w0 >> 16 | (w1 & 0xff) << 16 | (w1 & 0xff000000),
		.limit_field = (w0 & 0xffff) + (w1 & 0x000f0000),
		.type = w1 >> 8 & 15,
		.s = w1 >> 12 & 1,
		.dpl = w1 >> 13 & 3,
		.p = w1 >> 15 & 1,
		.avl = w1 >> 20 & 1,
		.l = w1 >> 21 & 1,
		.db = w1 >> 22 & 1,
		.g = w1 >> 23 & 1,
	};
}

static desc_t pack(struct fields f)
{
	u32 w0 = f.base << 16 | (f.limit_field & 0xffff);
	u32 w1 = (f.base & 0xff000000) | (f.base >> 16 & 0xff) | (f.limit_field & 0xf0000) |
		 f.type << 8 | f.s << 12 | f.dpl << 13 | f.p << 15 | f.avl << 20 | f.l << 21 |
		 f.db << 22 | f.g << 23;

	return (u64)w1 << 32 | w0;
}

/* Scaled limit: in units of pages every offset of the last page is within. */
static u64 scaled_limit(struct fields f)
{
	return f.g ? ((u64)f.limit_field + 1) * 4096 - 1 : f.limit_field;
}

static bool is_expand_down(struct fields f)
{
	return !(f.type & 8) && f.type & 4;
}

/* Valid offsets, first and last; false if there are none. */
static bool offsets(struct fields f, u64 *first, u64 *last)
{
	*first = is_expand_down(f) ? scaled_limit(f) + 1 : 0;
	*last = !is_expand_down(f) ? scaled_limit(f) : f.db ? TOP : 0xffff;
	return *first <= *last;
}

/* Highest linear address of a segment that the CPU would load; -1 if none. */
static s64 reach(struct fields f)
{
	u64 first, last;

	if (!f.p || !offsets(f, &first, &last))
		return -1;
	first += f.base;
	last += f.base;
	/* The stretch holds the last address before the wrap. */
	if (first <= TOP && last > TOP)
		return TOP;
	return (s64)(last & TOP);
}

/* Everything but limit, granularity and DPL must be as it was. */
static bool rest_same(struct fields a, struct fields b)
{
	a.limit_field = b.limit_field;
	a.g = b.g;
	a.dpl = b.dpl;
	return pack(a) == pack(b);
}

/* Every offset that was allowed and harmless before is so still, but for rounding. */
static bool cut_no_more_than_needed(struct fields was, struct fields is)
{
	u64 first, last, new_first, new_last, room = HIGHEST - (u64)was.base;

	if (reach(was) <= (s64)HIGHEST)
		return scaled_limit(was) == scaled_limit(is);
	if (!offsets(was, &first, &last))
		return false;
	/* Less than a page past the wrap may round to nothing. */
	if (!offsets(is, &new_first, &new_last))
		return is_expand_down(was) && was.base < 4096;
	if (is_expand_down(was)) {
		/* What lies past the wrap, to a page. */
		u64 wrap = (1ULL << 32) - was.base;

		return new_last == last && new_first >= wrap && new_first < wrap + 4096;
	}
	return new_last <= room && new_last + 4096 > room && new_last <= last;
}

static void try(struct fields f)
{
	desc_t d = pack(f), before = d;
	struct fields got;

	if (!desc_check(&d, &rules32)) {
		if (d != before)
			ck_abort_msg("%016llx: refused, but changed", (unsigned long long)before);
		/* Code and data that were safe must be taken, but for a page after the end. */
		if (!f.p || (f.s && !f.l && f.type < 12 &&
			     reach(f) <= (s64)HIGHEST - 4096 * is_expand_down(f)))
			ck_abort_msg("%016llx: refused", (unsigned long long)before);
		return;
	}
	got = unpack(d);
	if (!f.p) {
		if (d != before)
			ck_abort_msg("%016llx: not present, but changed",
				     (unsigned long long)before);
		return;
	}
	if (!got.s || got.l || got.type >= 12 || got.dpl != MAX(f.dpl, 1u) ||
	    reach(got) > (s64)HIGHEST || !rest_same(f, got) || !cut_no_more_than_needed(f, got))
		ck_abort_msg("%016llx: became %016llx", (unsigned long long)before,
			     (unsigned long long)d);
}

static const u32 bases[] = {
	0,
	1,
	0xfff,
	0x1000,
	0x1001,
	0x10000,
	0x7fffffff,
	0xc0000000,
	HIGHEST - 0x100000,
	HIGHEST - 0xfffff,
	HIGHEST - 0x10000,
	HIGHEST - 0xffff,
	HIGHEST - 0x1000,
	HIGHEST - 0xfff,
	HIGHEST - 1,
	HIGHEST,
	HIGHEST + 1,
	0xf6801000,
	0xffff0000,
	0xffff0001,
	0xffff8000,
	0xfffff000,
	0xfffffffe,
	0xffffffff,
};

static const u32 limit_fields[] = {
	0,	 1,	  0xe,	   0xf,	    0x10,    0xfff,   0x1000,  0x3fff,
	0x7fff,	 0xfffe,  0xffff,  0x10000, 0x36800, 0x7ffff, 0xf0000, 0xf57ff,
	0xf67fe, 0xf67ff, 0xf6800, 0xf6801, 0xffffe, 0xfffff,
};

START_TEST(corners)
{
	for (size_t b = 0; b < ARRAY_SIZE(bases); b++)
		for (size_t l = 0; l < ARRAY_SIZE(limit_fields); l++)
			for (unsigned int bits = 0; bits < 4096; bits++)
				try((struct fields){.base = bases[b],
						    .limit_field = limit_fields[l],
						    .type = bits & 15,
						    .s = bits >> 4 & 1,
						    .dpl = bits >> 5 & 3,
						    .p = bits >> 7 & 1,
						    .avl = bits >> 8 & 1,
						    .l = bits >> 9 & 1,
						    .db = bits >> 10 & 1,
						    .g = bits >> 11 & 1});
}
END_TEST

START_TEST(random_descriptors)
{
	uint64_t rng = unit_seed();

	for (int i = 0; i < 1000000; i++) {
		struct fields f = unpack(unit_random(&rng));

		f.p = f.s = 1;
		f.l = 0;
		if (i % 3 == 0)
			f.base >>= unit_random_below(&rng, 32);
		try(f);
		/* The limit that just meets the end, and its neighbours. */
		f.limit_field = (f.g ? (HIGHEST - f.base) >> 12 : HIGHEST - f.base) - 1 +
				unit_random_below(&rng, 3);
		f.limit_field &= 0xfffff;
		try(f);
		f.limit_field =
			(f.g ? (0 - f.base) >> 12 : 0 - f.base) - 2 + unit_random_below(&rng, 4);
		f.limit_field &= 0xfffff;
		try(f);
	}
}
END_TEST

/* A flat ring-1 segment ends where the machine-to-physical table does. */
START_TEST(flat_segments)
{
	desc_t d = 0x00cf9a000000ffff; /* code, DPL 0, 4 GiB */

	ck_assert(desc_check(&d, &rules32));
	ck_assert_uint_eq(d, 0x00cfba00000067ff | 0xfull << 48);
	ck_assert_int_eq(reach(unpack(d)), HIGHEST);
	d = 0x00cff2000000ffff; /* data, DPL 3 */
	ck_assert(desc_check(&d, &rules32));
	ck_assert_int_eq(reach(unpack(d)), HIGHEST);
	ck_assert_uint_eq(unpack(d).dpl, 3);
	d = 0;
	ck_assert(desc_check(&d, &rules32));
}
END_TEST

/* Thread-local storage with negative offsets, as an expand-down segment. */
START_TEST(negative_offsets)
{
	struct fields f = {.base = 0xb7e01000,
			   .limit_field = 0x10000,
			   .type = 6,
			   .s = 1,
			   .dpl = 3,
			   .p = 1,
			   .db = 1,
			   .g = 1};
	desc_t d = pack(f);

	ck_assert(desc_check(&d, &rules32));
	ck_assert_int_eq(reach(unpack(d)), f.base - 1);
	ck_assert_uint_eq(scaled_limit(unpack(d)), 0u - f.base - 1);
	f.base = HIGHEST;
	d = pack(f);
	ck_assert(!desc_check(&d, &rules32));
}
END_TEST

START_TEST(rules_of_64_bits)
{
	desc_t d = 0x00af9a000000ffff; /* 64-bit code */

	ck_assert(desc_check(&d, &rules64));
	ck_assert_uint_eq(d, 0x00affa000000ffff);
	d = 0x00cf92000000ffff;
	ck_assert(desc_check(&d, &rules64));
	ck_assert_uint_eq(d, 0x00cff2000000ffff);
	for (unsigned int type = 0; type < 16; type++) {
		d = pack((struct fields){.type = type, .p = 1, .limit_field = 0xfffff});
		ck_assert(!desc_check(&d, &rules64));
		ck_assert(!desc_check(&d, &rules32));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("desc");
	TCase *tc = tcase_create("desc");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, corners);
	tcase_add_test(tc, random_descriptors);
	tcase_add_test(tc, flat_segments);
	tcase_add_test(tc, negative_offsets);
	tcase_add_test(tc, rules_of_64_bits);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
