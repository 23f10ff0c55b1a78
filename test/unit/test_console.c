/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * Console lines: whose prefix stands where when speakers interrupt each other.
 *
 *	SOURCES: hv/platform/lines.c hv/lib/printf.c hv/lib/string.c hv/lib/div.c
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "platform/lines.h"

static char seen[8192];
static size_t seen_len;
static struct lines lines;

static void emit(const char *text, size_t len)
{
	ck_assert_uint_lt(seen_len + len, sizeof(seen));
	memcpy(seen + seen_len, text, len);
	seen_len += len;
	seen[seen_len] = '\0';
}

static void setup(void)
{
	seen_len = 0;
	seen[0] = '\0';
	lines_init(&lines, emit);
	lines.tag_d0 = true;
}

static void monitor(const char *text)
{
	lines_monitor(&lines, text, strlen(text));
}

static void say(unsigned int domid, const char *text)
{
	lines_guest(&lines, domid, text, strlen(text));
}

START_TEST(monitor_lines_are_prefixed)
{
	monitor("one");
	monitor("two\nthree\n");
	ck_assert_str_eq(seen, "(ringlet) one\n(ringlet) two\n(ringlet) three\n");
}
END_TEST

START_TEST(domain_0_gets_its_tag)
{
	say(0, "hello\n\nx");
	say(0, "y\n");
	ck_assert_str_eq(seen, "(d0) hello\n(d0) \n(d0) xy\n");
}
END_TEST

START_TEST(domain_0_alone_has_no_tag)
{
	lines.tag_d0 = false;
	say(0, "hello\n(d3) x\n");
	ck_assert_str_eq(seen, "hello\n(d3) x\n");
}
END_TEST

START_TEST(domain_0_keeps_a_tag_of_its_own)
{
	say(0, "(d1) login: ");
	ck_assert_str_eq(seen, "(d1) login: ");
	say(0, "me\n(d12) x\n(d65535) y\n");
	ck_assert_str_eq(seen, "(d1) login: me\n(d12) x\n(d65535) y\n");
}
END_TEST

START_TEST(what_only_looks_like_a_tag_is_text)
{
	say(0, "(\n(d\n(d)\n(d1)x\n(d123456) x\n(e1) x\n");
	ck_assert_str_eq(seen, "(d0) (\n(d0) (d\n(d0) (d)\n(d0) (d1)x\n(d0) (d123456) x\n"
			       "(d0) (e1) x\n");
}
END_TEST

START_TEST(a_tag_may_come_byte_by_byte)
{
	const char *text = "(d7) hi\n(x\n";

	for (; *text; text++)
		lines_guest(&lines, 0, text, 1);
	ck_assert_str_eq(seen, "(d7) hi\n(d0) (x\n");
}
END_TEST

START_TEST(an_interrupted_line_goes_on_with_its_tag)
{
	say(0, "(d2) $ ec");
	monitor("d3 crashed");
	say(0, "ho\n");
	say(0, "next\n");
	ck_assert_str_eq(seen, "(d2) $ ec\n(ringlet) d3 crashed\n(d2) ho\n(d0) next\n");
}
END_TEST

START_TEST(an_interrupted_line_that_ends_leaves_no_empty_one)
{
	say(0, "(d2) done");
	monitor("x");
	say(0, "\n(d1) y\n");
	ck_assert_str_eq(seen, "(d2) done\n(ringlet) x\n(d1) y\n");
}
END_TEST

START_TEST(a_held_back_tag_survives_an_interruption)
{
	say(0, "(d");
	monitor("x");
	say(0, "4) y\n");
	ck_assert_str_eq(seen, "(ringlet) x\n(d4) y\n");
}
END_TEST

START_TEST(other_domains_speak_in_whole_lines)
{
	say(1, "TEST a");
	say(2, "TEST b: SUCC");
	say(1, ": SUCCESS\n");
	say(2, "ESS\n");
	ck_assert_str_eq(seen, "(d1) TEST a: SUCCESS\n(d2) TEST b: SUCCESS\n");
}
END_TEST

START_TEST(other_domains_cant_fake_a_tag)
{
	say(1, "(d2) x\n");
	ck_assert_str_eq(seen, "(d1) (d2) x\n");
}
END_TEST

START_TEST(a_flush_shows_a_prompt)
{
	say(1, "> ");
	ck_assert_str_eq(seen, "");
	lines_flush(&lines, 1);
	lines_flush(&lines, 1);
	ck_assert_str_eq(seen, "(d1) > ");
	say(1, "\nx\n");
	ck_assert_str_eq(seen, "(d1) > \n(d1) x\n");
}
END_TEST

START_TEST(after_a_flush_a_line_goes_on_in_a_new_one)
{
	say(1, "> ");
	lines_flush(&lines, 1);
	say(0, "a\n");
	say(1, "b\n");
	ck_assert_str_eq(seen, "(d1) > \n(d0) a\n(d1) b\n");
}
END_TEST

START_TEST(a_long_line_is_cut_into_several)
{
	char text[600];

	memset(text, 'x', sizeof(text) - 2);
	text[598] = '\n';
	text[599] = '\0';
	say(1, text);
	say(2, "y\n");
	for (char *line = strtok(seen, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert(strncmp(line, "(d1) x", 6) == 0 || strcmp(line, "(d2) y") == 0);
}
END_TEST

START_TEST(more_speakers_than_buffers_lose_nothing)
{
	char want[16];

	for (unsigned int d = 1; d <= 3 * LINES_SPEAKERS; d++)
		say(d, "part");
	for (unsigned int d = 1; d <= 3 * LINES_SPEAKERS; d++)
		lines_flush(&lines, d);
	for (unsigned int d = 1; d <= 3 * LINES_SPEAKERS; d++) {
		snprintf(want, sizeof(want), "(d%u) part", d);
		ck_assert_ptr_nonnull(strstr(seen, want));
	}
}
END_TEST

START_TEST(carriage_returns_before_a_newline_vanish)
{
	say(0, "a\r\n\rb\rc\r");
	say(0, "\n");
	say(1, "d\r\n");
	ck_assert_str_eq(seen, "(d0) a\n(d0) b\rc\n(d1) d\n");
}
END_TEST

START_TEST(control_characters_are_dropped)
{
	say(0, "a\x1b[1mb\a\tc\x7f\b\n");
	say(1, "\x1b\x01x\n");
	ck_assert_str_eq(seen, "(d0) a[1mb\tc\b\n(d1) x\n");
}
END_TEST

/* Whatever is said, every line that is seen begins with somebody's prefix. */
START_TEST(random_speech_is_always_prefixed)
{
	static const char *const words[] = {"(d1) ", "(d", "x", "\n", "\r\n", "(ring", "12) y"};
	uint64_t state = unit_seed();

	for (int round = 0; round < 2000; round++) {
		const char *p;

		setup();
		for (int i = 0; i < 30; i++) {
			uint32_t who = unit_random_below(&state, 4);
			const char *word = words[unit_random_below(&state, 7)];

			if (who == 3)
				monitor("m");
			else
				say(who, word);
		}
		for (p = seen; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
			ck_assert_msg(strncmp(p, "(ringlet) ", 10) == 0 ||
					      (strncmp(p, "(d", 2) == 0 && strstr(p, ") ")),
				      "round %d: %s", round, p);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("console");
	TCase *tc = tcase_create("lines");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, monitor_lines_are_prefixed);
	tcase_add_test(tc, domain_0_gets_its_tag);
	tcase_add_test(tc, domain_0_alone_has_no_tag);
	tcase_add_test(tc, domain_0_keeps_a_tag_of_its_own);
	tcase_add_test(tc, what_only_looks_like_a_tag_is_text);
	tcase_add_test(tc, a_tag_may_come_byte_by_byte);
	tcase_add_test(tc, an_interrupted_line_goes_on_with_its_tag);
	tcase_add_test(tc, an_interrupted_line_that_ends_leaves_no_empty_one);
	tcase_add_test(tc, a_held_back_tag_survives_an_interruption);
	tcase_add_test(tc, other_domains_speak_in_whole_lines);
	tcase_add_test(tc, other_domains_cant_fake_a_tag);
	tcase_add_test(tc, a_flush_shows_a_prompt);
	tcase_add_test(tc, after_a_flush_a_line_goes_on_in_a_new_one);
	tcase_add_test(tc, a_long_line_is_cut_into_several);
	tcase_add_test(tc, more_speakers_than_buffers_lose_nothing);
	tcase_add_test(tc, carriage_returns_before_a_newline_vanish);
	tcase_add_test(tc, control_characters_are_dropped);
	tcase_add_test(tc, random_speech_is_always_prefixed);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
