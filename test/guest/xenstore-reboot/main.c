// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that reboots finds fresh keys under its new number, and
 * nothing is left of what it kept, watched, opened or was allowed before.
 * See: ABI 1.4
 *
 * Its first life is d1; beside the victim, d2, the second one is d3.
 */

#include "pvops-guest/lib/xs_test.h"

static void first_life(void)
{
	xs_expect(XS_WRITE, "data/mark\0x", 11, XS_WRITE, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY("data/mark\0b1\0b3"), XS_SET_PERMS, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY("data\0b1\0b3"), XS_SET_PERMS, "OK");
	xs_expect(XS_WATCH, XS_BODY("data\0old"), XS_WATCH, "OK");
	xs_expect_in(xs_begin(), XS_WRITE, "data/mark\0y", 11, "OK");
	guest_shutdown(SHUTDOWN_reboot);
}

static void second_life(void)
{
	xs_expect(XS_DIRECTORY, XS_BODY("data"), XS_DIRECTORY, "");
	xs_expect(XS_READ, XS_BODY("name"), XS_READ, test_name);
	xs_expect(XS_READ, XS_BODY("control/shutdown"), XS_READ, "");
	xs_expect(XS_READ, XS_BODY("/local/domain/1/data/mark"), XS_ERROR, "EACCES");
	xs_expect(XS_IS_DOMAIN_INTRODUCED, XS_BODY("1"), XS_IS_DOMAIN_INTRODUCED, "F");
	xs_expect(XS_IS_DOMAIN_INTRODUCED, XS_BODY("3"), XS_IS_DOMAIN_INTRODUCED, "T");
	xs_expect_in(1, XS_READ, XS_BODY("data"), "ENOENT");
	xs_expect(XS_UNWATCH, XS_BODY("data\0old"), XS_ERROR, "ENOENT");
	xs_expect(XS_WATCH, XS_BODY("data\0new"), XS_WATCH, "OK");
	xs_expect_event("data", "new");
	xs_expect(XS_WRITE, "data/mark\0z", 11, XS_WRITE, "OK");
	xs_expect_event("data/mark", "new");
	xs_expect(XS_GET_PERMS, XS_BODY("data/mark"), XS_GET_PERMS, "n3");
}

void test_main(void)
{
	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	xs_request(XS_READ, 0, XS_BODY("domid"), xs_reply, &xs_reply_len);
	if (!strcmp(xs_reply, "1"))
		first_life();
	else
		second_life();
}
