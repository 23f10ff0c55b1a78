// SPDX-License-Identifier: MIT
/*
 * keeper's command lines: what they mean, and what is none.
 * See: ABI 1.4
 *
 * SOURCES: pvops-guest/keeper/command.c pvops-guest/lib/printf.c
 */
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/command.h"

/* printf.c of the guest library refers to it; nothing here prints that way. */
void debug_write(const char *text, size_t len_bytes);
void debug_write(const char *text, size_t len_bytes)
{
	(void)text;
	(void)len_bytes;
}

static void expect(const char *line, unsigned int domid, const char *key, const char *value)
{
	struct command command;
	const char *wrong = command_parse(line, &command);

	ck_assert_msg(!wrong, "`%s`: %s", line, wrong ? wrong : "");
	ck_assert_uint_eq(command.domid, domid);
	ck_assert_str_eq(command.key, key);
	ck_assert_str_eq(command.value, value);
}

START_TEST(each_command)
{
	expect("target d1 65536", 1, "memory/target", "65536");
	expect("target d1 65536K", 1, "memory/target", "65536");
	expect(" target  d12 64M ", 12, "memory/target", "65536");
	expect("target d1 2g", 1, "memory/target", "2097152");
	expect("target d1 16384G", 1, "memory/target", "17179869184");
	expect("poweroff d1", 1, "control/shutdown", "poweroff");
	expect("reboot d32751", 32751, "control/shutdown", "reboot");
	expect("halt d3", 3, "control/shutdown", "halt");
	expect("sysrq d3 b", 3, "control/sysrq", "b");
}
END_TEST

START_TEST(refused)
{
	static const char *const lines[] = {
		"",
		" ",
		"target",
		"target d1",
		"target d1 0",
		"target d1 M",
		"target d1 64MB",
		"target d1 64T",
		"target d1 -1",
		"target d1 16385G",
		"target d1 17179869185",
		"target d1 184467440737095516",
		"target d1 64M now",
		"target d0 64M",
		"target 1 64M",
		"target d 64M",
		"target d1x 64M",
		"target d32752 64M",
		"target d99999999999 64M",
		"target d1 1111111111111111111111111",
		"poweroff d1 now",
		"power d1",
		"sysrq d1",
		"sysrq d1 bb",
	};
	struct command command;

	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(command_parse(lines[i], &command), "`%s` was understood", lines[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper_command");
	TCase *all = tcase_create("all");

	tcase_add_test(all, each_command);
	tcase_add_test(all, refused);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
