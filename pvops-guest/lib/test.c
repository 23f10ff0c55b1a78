// SPDX-License-Identifier: MIT
/*
 * Verdicts of test guests, and the guest_main() that runs one.
 */

#include <stdbool.h>

#include "pvops-guest/lib/test.h"

enum verdict { SUCCESS, SKIP, ERROR, FAILURE };

static enum verdict verdict;
static bool ended; /* test_main() has returned */
static char reason[160];

const char test_name[] __attribute__((weak)) = "unnamed";

static void report(enum verdict v, const char *fmt, va_list args)
{
	if (v <= verdict)
		return;
	verdict = v;
	guest_vsnprintf(reason, sizeof(reason), fmt, args);
}

void test_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(SKIP, fmt, args);
	va_end(args);
}

void test_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(ERROR, fmt, args);
	va_end(args);
}

void test_failure(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(FAILURE, fmt, args);
	va_end(args);
}

void test_finish(void)
{
	static const char *const names[] = {"SUCCESS", "SKIP", "ERROR", "FAILURE"};

	if (!verdict && !ended)
		test_failure("it ended before its end");
	debug_printf("TEST %s: %s%s%s\n", test_name, names[verdict], verdict ? " " : "", reason);
	guest_shutdown(SHUTDOWN_poweroff);
}

void guest_main(struct start_info *si)
{
	guest_init(si);
	test_main();
	ended = true;
	test_finish();
}
