// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/lib/printf.c hv/lib/string.c hv/lib/div.c
/*
 * printf formatting against libc's, and the division under it against the
 * compiler's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "lib/div.h"
#include "lib/printf.h"
#include "lib/string.h"

static uint64_t rng;

static void seed_rng(void)
{
	rng = unit_seed();
}

/* Numbers of every magnitude, and the ones next to a power of two. */
static u64 random_number(void)
{
	u64 n = unit_random(&rng);

	switch (unit_random_below(&rng, 4)) {
	case 0:
		return n >> unit_random_below(&rng, 64);
	case 1:
		return (1ULL << unit_random_below(&rng, 64)) - 1 + unit_random_below(&rng, 3);
	case 2:
		return n << unit_random_below(&rng, 64);
	default:
		return unit_random_below(&rng, 3) ? n : 0;
	}
}

/* "%", random flags, width and precision; without '#' where C leaves it open. */
static void random_spec(char *spec, const char *flags)
{
	*spec++ = '%';
	for (; *flags; flags++)
		if (!unit_random_below(&rng, 4))
			*spec++ = *flags;
	if (unit_random_below(&rng, 2))
		spec += sprintf(spec, "%u", 1 + unit_random_below(&rng, 30));
	if (!unit_random_below(&rng, 3))
		spec += sprintf(spec, ".%u", unit_random_below(&rng, 30));
	*spec = '\0';
}

#define CHECK_SAME(format, ...)                                                                    \
	do {                                                                                       \
		char want[128], got[128];                                                          \
		size_t size = unit_random_below(&rng, 3) ? sizeof(got)                             \
							 : unit_random_below(&rng, 20);            \
		int want_len = snprintf(want, size, format, __VA_ARGS__);                          \
		int got_len;                                                                       \
		memset(got, '#', sizeof(got));                                                     \
		got_len = fmt(got, size, format, __VA_ARGS__);                                     \
		if (got_len != want_len || (size && strcmp(got, want)))                            \
			ck_abort_msg("'%s': %d '%s', libc %d '%s'", format, got_len, got,          \
				     want_len, want);                                              \
		for (size_t at = size; at < sizeof(got); at++)                                     \
			if (got[at] != '#')                                                        \
				ck_abort_msg("'%s' wrote over the end", format);                   \
	} while (0)

START_TEST(numbers_as_libc)
{
	static const char *const lengths[] = {"hh", "h", "", "l", "z", "t", "ll", "j"};

	for (int i = 0; i < 40000; i++) {
		char format[32], spec[16];
		unsigned int kind = unit_random_below(&rng, ARRAY_SIZE(lengths));
		char conv = "diuxXo"[unit_random_below(&rng, 6)];
		u64 val = random_number();

		random_spec(spec, conv == 'd' || conv == 'i' ? "-0+ " : conv == 'u' ? "-0" : "-0#");
		sprintf(format, "<%s%s%c>", spec, lengths[kind], conv);
		if (kind >= 6)
			CHECK_SAME(format, val);
		else if (kind >= 3)
			CHECK_SAME(format, (unsigned long)val);
		else
			CHECK_SAME(format, (unsigned int)val);
	}
}
END_TEST

START_TEST(text_as_libc)
{
	static const char *const words[] = {"", "a", "grub>", "a longer piece of text"};

	for (int i = 0; i < 4000; i++) {
		char format[32], spec[16];
		u64 val = random_number();

		random_spec(spec, "-");
		sprintf(format, "[%ss]", spec);
		CHECK_SAME(format, words[i % (int)ARRAY_SIZE(words)]);
		CHECK_SAME("%*d|%-*x", i % 41 - 20, i, 7, i);
		CHECK_SAME("%.*s|", i % 10 - 2, "precise");
		CHECK_SAME("%3c%-3c%%", 'a' + i % 26, 'x');
		CHECK_SAME("%p", &rng);
		CHECK_SAME("%d %s %llx %s", i, "x", (unsigned long long)val, "y");
	}
}
END_TEST

START_TEST(odd_formats)
{
	char buf[32];
	const char *volatile none = NULL;
	const char *volatile unknown = "%5y %q|%d";
	const char *volatile cut = "end %-5l";

	ck_assert_int_eq(fmt(buf, sizeof(buf), "%s", none), 6);
	ck_assert_str_eq(buf, "(null)");
	ck_assert_int_eq(fmt(buf, sizeof(buf), unknown, 7), 8);
	ck_assert_str_eq(buf, "%5y %q|7");
	fmt(buf, sizeof(buf), cut);
	ck_assert_str_eq(buf, "end %-5l");
	fmt(buf, sizeof(buf), "%p", (void *)none);
	ck_assert_str_eq(buf, "0x0");
	ck_assert_int_eq(fmt(NULL, 0, "%d", 12345), 5);
}
END_TEST

START_TEST(division)
{
	for (int i = 0; i < 100000; i++) {
		u64 n = random_number();
		u32 d = (u32)random_number(), rem;

		if (!d)
			d = 1;
		if (div_u64_u32(n, d, &rem) != n / d || rem != n % d ||
		    div_u64_u32(n, d, NULL) != n / d)
			ck_abort_msg("%llx / %x", (unsigned long long)n, d);
	}
}
END_TEST

/* (a * b) >> 32, bit by bit: sums b << i for the bits of a, in 96 bits. */
static u64 slow_mul_shr32(u64 a, u32 b)
{
	u64 high = 0; /* bits 32 up */
	u64 low = 0; /* bits 0-31, carries moved up at once */

	for (int i = 0; i < 64; i++) {
		if (!(a >> i & 1))
			continue;
		if (i >= 32) {
			high += (u64)b << (i - 32);
			continue;
		}
		low += (u64)b << i & 0xffffffff;
		high += ((u64)b << i >> 32) + (low >> 32);
		low &= 0xffffffff;
	}
	return high;
}

START_TEST(time_scale)
{
	for (int i = 0; i < 20000; i++) {
		u64 a = random_number();
		u32 b = (u32)random_number();
		s8 shift = (s8)unit_random_below(&rng, 60);

		if (mul_u64_u32_shr32(a, b) != slow_mul_shr32(a, b) ||
		    scale_tsc(a, b, shift) != slow_mul_shr32(a << shift, b) ||
		    scale_tsc(a, b, -shift) != slow_mul_shr32(a >> shift, b))
			ck_abort_msg("%llx * %x, shift %d", (unsigned long long)a, b, shift);
	}
	/* 2 GHz: a second's ticks are halved into 10^9 ns. */
	ck_assert_uint_eq(scale_tsc(2000000000, 0x80000000, 0), 1000000000);
	ck_assert_uint_eq(scale_tsc(500000000, 0x80000000, 2), 1000000000);
}
END_TEST

START_TEST(parse_numbers)
{
	static const struct {
		const char *text, *rest;
		bool ok;
		u64 val, size;
	} cases[] = {
		{"64M", "M", true, 64, 64 << 20},
		{"0x10", "", true, 16, 16 << 10},
		{"0x", "x", true, 0, 0},
		{"7b,", "b,", true, 7, 7},
		{"12,mem", ",mem", true, 12, 12 << 10},
		{"3G", "G", true, 3, 3ULL << 30},
		{"5k", "k", true, 5, 5 << 10},
		{"", "", false, 0, 0},
		{"x12", "x12", false, 0, 0},
		{"-1", "-1", false, 0, 0},
		{"18446744073709551615", "", true, ~0ULL, 0},
		{"18446744073709551616", "18446744073709551616", false, 0, 0},
		{"18446744073709551615B", "B", true, ~0ULL, ~0ULL},
		{"0x1ffffffffffffffff", "0x1ffffffffffffffff", false, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *s = cases[i].text;
		u64 val = 0;

		ck_assert_msg(str_to_u64(&s, &val) == cases[i].ok, "%s", cases[i].text);
		ck_assert_str_eq(s, cases[i].rest);
		ck_assert_uint_eq(val, cases[i].val);
		s = cases[i].text;
		if (cases[i].size || !cases[i].val) {
			ck_assert(str_to_size(&s, &val) == cases[i].ok);
			ck_assert_uint_eq(val, cases[i].ok ? cases[i].size : 0);
		} else {
			ck_assert(!str_to_size(&s, &val));
			ck_assert_ptr_eq(s, cases[i].text);
		}
	}
}
END_TEST

START_TEST(copy_text)
{
	char buf[4] = "???";

	ck_assert_uint_eq(str_copy(buf, "long text", sizeof(buf)), 9);
	ck_assert_str_eq(buf, "lon");
	ck_assert_uint_eq(str_copy(buf, "", sizeof(buf)), 0);
	ck_assert_str_eq(buf, "");
	ck_assert_uint_eq(str_copy(buf, "xy", 0), 2);
	ck_assert_str_eq(buf, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printf");
	TCase *tc = tcase_create("printf");

	tcase_add_checked_fixture(tc, seed_rng, NULL);
	tcase_add_test(tc, numbers_as_libc);
	tcase_add_test(tc, text_as_libc);
	tcase_add_test(tc, odd_formats);
	tcase_add_test(tc, division);
	tcase_add_test(tc, time_scale);
	tcase_add_test(tc, parse_numbers);
	tcase_add_test(tc, copy_text);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
