/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * keeper's merging of guest output: prefixes, held lines, control characters.
 * See: ABI 1.4
 *
 * SOURCES: pvops-guest/keeper/console.c pvops-guest/lib/printf.c
 */
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/console.h"

static char shown[1 << 16];
static size_t shown_len;
static struct console console;
static struct line d1, d2;

static void take(const char *text, size_t len)
{
	ck_assert_uint_lt(shown_len + len, sizeof(shown));
	memcpy(shown + shown_len, text, len);
	shown_len += len;
	shown[shown_len] = '\0';
}

/* printf.c of the guest library refers to it; nothing here prints that way. */
void debug_write(const char *text, size_t len_bytes);
void debug_write(const char *text, size_t len_bytes)
{
	take(text, len_bytes);
}

static void setup(void)
{
	shown_len = 0;
	shown[0] = '\0';
	console = (struct console){.write = take};
	line_init(&d1, 1);
	line_init(&d2, 2);
}

static void put(struct line *line, const char *text)
{
	console_put(&console, line, text, strlen(text), 0);
}

START_TEST(lines_are_prefixed)
{
	put(&d1, "hello\nworld\r\n");
	ck_assert_str_eq(shown, "(d1) hello\n(d1) world\n");
}
END_TEST

START_TEST(newline_then_return_is_one_newline)
{
	put(&d1, "a\n\rb\n\r");
	ck_assert_str_eq(shown, "(d1) a\n(d1) b\n");
}
END_TEST

START_TEST(unfinished_lines_wait)
{
	put(&d1, "> ");
	ck_assert_str_eq(shown, "");
	console_show(&console, &d1);
	ck_assert_str_eq(shown, "(d1) > ");
	put(&d1, "echo");
	console_show(&console, &d1);
	ck_assert_str_eq(shown, "(d1) > echo");
	put(&d1, "\r\n");
	ck_assert_str_eq(shown, "(d1) > echo\n");
}
END_TEST

START_TEST(two_domains_do_not_mix)
{
	put(&d1, "one ");
	put(&d2, "two\n");
	ck_assert_str_eq(shown, "(d2) two\n");
	console_show(&console, &d1);
	put(&d2, "three\n");
	put(&d1, "four\n");
	ck_assert_str_eq(shown, "(d2) two\n(d1) one \n(d2) three\n(d1) four\n");
}
END_TEST

START_TEST(own_lines_break_an_open_line)
{
	put(&d1, "abc");
	console_show(&console, &d1);
	console_own_line(&console, "own");
	put(&d1, "def\n");
	ck_assert_str_eq(shown, "(d1) abc\nown\n(d1) def\n");
}
END_TEST

START_TEST(ending_flushes)
{
	put(&d1, "last words");
	console_end_line(&console, &d1);
	console_end_line(&console, &d1);
	ck_assert_str_eq(shown, "(d1) last words\n");
}
END_TEST

START_TEST(escapes_vanish)
{
	put(&d1, "\033[2J\033[1;1Ha\033[7mb\033[0m\033(Bc\033]d\a\001\177\n");
	ck_assert_str_eq(shown, "(d1) abcd\n");
}
END_TEST

START_TEST(cursor_to_another_row_is_a_new_line)
{
	put(&d1, "\033[1;1Htitle\033[3;5Hbody\033[3;9Hmore\033[4;1H");
	ck_assert_str_eq(shown, "(d1) title\n(d1) bodymore\n");
}
END_TEST

/* What GRUB's line editor sends at the last row of its screen. */
START_TEST(line_editing_stays_on_its_line)
{
	put(&d1, "\033[23;1Hbefore\n\r\n\r\n\rgrub> \033[24;7He\033[24;8Hc\033[24;9H");
	console_show(&console, &d1);
	put(&d1, "ho\033[24;11H\n\r");
	ck_assert_str_eq(shown, "(d1) before\n(d1) \n(d1) \n(d1) grub> echo\n");
}
END_TEST

START_TEST(c1_controls_vanish)
{
	put(&d1, "a\x9b"
		 "b\xc2\x9b"
		 "c\xc3\xa9\xe2\x94\x80\n");
	ck_assert_ptr_null(memchr(shown, 0x9b, shown_len));
	ck_assert_ptr_nonnull(strstr(shown, "\xc3\xa9\xe2\x94\x80\n"));
}
END_TEST

START_TEST(nobody_gets_left_of_the_prefix)
{
	put(&d1, "ab");
	console_show(&console, &d1);
	put(&d1, "\b\b\b\b\b\b\b\b(ringlet) fake\n");
	ck_assert_str_eq(shown, "(d1) ab\b\b(ringlet) fake\n");
	setup();
	put(&d1, "x\r(ringlet) fake\n");
	ck_assert_str_eq(shown, "(d1) x\n(d1) (ringlet) fake\n");
}
END_TEST

/* Whatever two guests write, every line begins with one of their prefixes. */
START_TEST(random_output_is_always_prefixed)
{
	uint64_t state = unit_seed();
	static const char bytes[] = "ab (\n\r\b\t\033[HJ;1\xc2\x9b\x80\xe2";

	for (int round = 0; round < 200; round++) {
		char *line, *rest;

		setup();
		for (int i = 0; i < 300; i++) {
			struct line *l = unit_random_below(&state, 2) ? &d1 : &d2;
			char c = bytes[unit_random_below(&state, sizeof(bytes) - 1)];

			console_put(&console, l, &c, 1, 0);
			if (!unit_random_below(&state, 10))
				console_show(&console, l);
		}
		console_end_line(&console, &d1);
		console_end_line(&console, &d2);
		ck_assert_ptr_null(memchr(shown, 033, shown_len));
		ck_assert_ptr_null(memchr(shown, '\r', shown_len));
		for (line = strtok_r(shown, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			ck_assert(!strncmp(line, "(d1) ", 5) || !strncmp(line, "(d2) ", 5));
	}
}
END_TEST

START_TEST(endless_lines_are_broken)
{
	for (int i = 0; i < 3000; i++)
		put(&d1, "x");
	console_end_line(&console, &d1);
	ck_assert_int_ge(shown_len, 3000 + 5 * 5);
	for (char *line = strtok(shown, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(strlen(line), 5 + LINE_COLUMNS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper console");
	TCase *tc = tcase_create("lines");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, lines_are_prefixed);
	tcase_add_test(tc, newline_then_return_is_one_newline);
	tcase_add_test(tc, unfinished_lines_wait);
	tcase_add_test(tc, two_domains_do_not_mix);
	tcase_add_test(tc, own_lines_break_an_open_line);
	tcase_add_test(tc, ending_flushes);
	tcase_add_test(tc, escapes_vanish);
	tcase_add_test(tc, cursor_to_another_row_is_a_new_line);
	tcase_add_test(tc, line_editing_stays_on_its_line);
	tcase_add_test(tc, c1_controls_vanish);
	tcase_add_test(tc, nobody_gets_left_of_the_prefix);
	tcase_add_test(tc, random_output_is_always_prefixed);
	tcase_add_test(tc, endless_lines_are_broken);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
