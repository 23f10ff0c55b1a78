// SPDX-License-Identifier: MIT
/*
 * The guest library's printf prints what the host's does, whatever the lengths.
 * See: SDM vol. 1, 4.2
 *
 * SOURCES: pvops-guest/lib/printf.c
 * WIDTHS: 32 64
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "harness.h"
#include "pvops-guest/lib/printf.h"

/* printf.c of the guest library refers to it; nothing here prints that way. */
void debug_write(const char *text, size_t len_bytes);
void debug_write(const char *text, size_t len_bytes)
{
	(void)text;
	(void)len_bytes;
}

#define SAME(...)                                                    \
	do {                                                         \
		char ours[100], theirs[100];                         \
		int len = guest_snprintf(ours, sizeof(ours), __VA_ARGS__); \
		ck_assert_int_eq(len, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		ck_assert_str_eq(ours, theirs);                      \
	} while (0)

START_TEST(lengths)
{
	SAME("%d %i %u %x %X", -1, INT_MIN, UINT_MAX, 0xabcdef01u, 0xabcdef01u);
	SAME("%ld %lu %lx", -1l, ULONG_MAX, LONG_MAX);
	SAME("%lld %llu %llx", -1ll, ULLONG_MAX, LLONG_MIN);
	SAME("%zu %d", (size_t)-1, -2);
	/* The seventh argument and on are on the stack, in 64 bits too. */
	SAME("%d %d %d %d %d %d %d %ld %d", -1, -2, -3, -4, -5, -6, -7, -8l, -9);
}
END_TEST

START_TEST(fields)
{
	SAME("[%5d] [%-5d] [%05d] [%.3d] [%*d] [%-*d]", -7, -7, -7, 7, 6, 1, 6, 1);
	SAME("[%8x] [%08x] [%s] [%4s] [%-4s] [%.2s] [%c] [%%]", 10u, 10u, "a", "b", "c", "def",
	     'g');
}
END_TEST

START_TEST(short_buffer)
{
	char text[4] = "xyz";

	ck_assert_int_eq(guest_snprintf(text, sizeof(text), "%d", 12345), 5);
	ck_assert_str_eq(text, "123");
	ck_assert_int_eq(guest_snprintf(NULL, 0, "%d", 12345), 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guest_printf");
	TCase *all = tcase_create("all");

	tcase_add_test(all, lengths);
	tcase_add_test(all, fields);
	tcase_add_test(all, short_buffer);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
