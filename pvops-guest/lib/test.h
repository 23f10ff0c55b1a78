/* SPDX-License-Identifier: MIT */
/*
 * A test that is a guest. The program defines test_main(); the library's
 * guest_main() calls it, prints one verdict line and powers the domain off:
 *
 *	TEST <name>: SUCCESS
 *	TEST <name>: SKIP|ERROR|FAILURE <first reason of that kind>
 *
 * The worst report wins. No report at all means success.
 */
#ifndef PVOPS_GUEST_LIB_TEST_H
#define PVOPS_GUEST_LIB_TEST_H

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

/* The name of the test's folder; the build defines it. */
extern const char test_name[];

void test_main(void);

/* Not run, because of what is missing. */
void test_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The test itself couldn't be done. */
void test_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The claim doesn't hold. */
void test_failure(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* test_finish - print the verdict and power off now; a failure if nothing has been reported. */
void test_finish(void) __attribute__((noreturn));

/* Report a failure, with the text, unless the condition holds. */
#define TEST_CHECK(cond, ...)                                                                      \
	do {                                                                                       \
		if (!(cond))                                                                       \
			test_failure(__VA_ARGS__);                                                 \
	} while (0)

/* Report a failure unless got == want; both are shown as numbers. */
#define TEST_EQUAL(what, got, want)                                                                \
	do {                                                                                       \
		long got_ = (long)(got), want_ = (long)(want);                                     \
		if (got_ != want_)                                                                 \
			test_failure("%s is %ld, not %ld", what, got_, want_);                     \
	} while (0)

#endif
