/* SPDX-License-Identifier: MIT */
/*
 * The option step=: kinds, a domain, a count, and what isn't one.
 *
 *	SOURCES: hv/platform/stepopt.c hv/lib/string.c
 */
#include <string.h>

#include "harness.h"
#include "platform/step.h"

static const u32 all_kinds = STEP_HYPERCALL | STEP_FAULT | STEP_PRIVOP | STEP_PTWRITE |
			     STEP_BOUNCE | STEP_IRQ | STEP_SWITCH | STEP_EVENT;

START_TEST(kinds_domain_and_count)
{
	static const struct {
		const char *value;
		u32 kinds, domain, left;
	} good[] = {
		{ "hypercall", STEP_HYPERCALL, STEP_ANY_DOMAIN, 0 },
		{ "fault", STEP_FAULT, STEP_ANY_DOMAIN, 0 },
		{ "privop", STEP_PRIVOP, STEP_ANY_DOMAIN, 0 },
		{ "ptwrite", STEP_PTWRITE, STEP_ANY_DOMAIN, 0 },
		{ "bounce", STEP_BOUNCE, STEP_ANY_DOMAIN, 0 },
		{ "irq", STEP_IRQ, STEP_ANY_DOMAIN, 0 },
		{ "switch", STEP_SWITCH, STEP_ANY_DOMAIN, 0 },
		{ "event", STEP_EVENT, STEP_ANY_DOMAIN, 0 },
		{ "irq,irq", STEP_IRQ, STEP_ANY_DOMAIN, 0 },
		{ "privop,ptwrite,d1", STEP_PRIVOP | STEP_PTWRITE, 1, 0 },
		{ "d0,event:5", STEP_EVENT, 0, 5 },
		{ "all", all_kinds, STEP_ANY_DOMAIN, 0 },
		{ "all,d32767:4294967295", all_kinds, 32767, 0xffffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct step s = { .nr = 7 };

		ck_assert_msg(!step_parse(good[i].value, &s), "%s", good[i].value);
		ck_assert_uint_eq(s.kinds, good[i].kinds);
		ck_assert_uint_eq(s.domain, good[i].domain);
		ck_assert_uint_eq(s.left, good[i].left);
		ck_assert_uint_eq(s.nr, 0);
	}
}
END_TEST

START_TEST(malformed_is_named_and_changes_nothing)
{
	static const struct {
		const char *value, *wrong;
	} bad[] = {
		{ "", "" },
		{ "privops", "privops" },
		{ "privo", "privo" },
		{ "privop,", "" },
		{ "privop,,irq", ",irq" },
		{ "privop,cli,irq", "cli,irq" },
		{ "d1", "d1" },
		{ "irq,d", "d" },
		{ "irq,d1x", "d1x" },
		{ "irq,d32768", "d32768" },
		{ "irq,d1,d2", "d2" },
		{ "irq:", "" },
		{ "irq:0", "0" },
		{ "irq:5,d1", "5,d1" },
		{ "irq:1:2", "1:2" },
		{ "irq:4294967296", "4294967296" },
		{ "irq:-1", "-1" },
		{ ":3", ":3" },
		{ "allx", "allx" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct step s = { .kinds = STEP_IRQ, .domain = 3, .left = 9, .nr = 7 };
		const char *wrong = step_parse(bad[i].value, &s);

		ck_assert_msg(wrong != NULL, "'%s' is taken", bad[i].value);
		ck_assert_str_eq(wrong, bad[i].wrong);
		ck_assert_uint_eq(s.kinds, STEP_IRQ);
		ck_assert_uint_eq(s.domain, 3);
		ck_assert_uint_eq(s.left, 9);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("step");
	TCase *tc = tcase_create("step");

	tcase_add_test(tc, kinds_domain_and_count);
	tcase_add_test(tc, malformed_is_named_and_changes_nothing);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
