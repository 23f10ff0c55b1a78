// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that takes all it can of xenstore comes to limits of its
 * own, is told so, and can give back and go on.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/xs_test.h"

#define FAR_TOO_MANY 3000

static char body[16 + 2049];

/* Make more and more of something, until this error. How many there were. */
static int exhaust(uint32_t type, uint32_t tx, const char *format, uint32_t extra)
{
	int n = 0, got = type;

	for (; n < FAR_TOO_MANY && got == (int)type; n++) {
		uint32_t len = guest_snprintf(body, 16, format, n) + 1;

		memset(body + len, 'v', extra);
		if (type == XS_WATCH)
			body[len + extra - 1] = '\0';
		got = xs_request(type, tx, body, len + extra, xs_reply, &xs_reply_len);
	}
	return n - 1;
}

static void check(const char *what, int n, const char *error)
{
	TEST_CHECK(n > 5 && n < FAR_TOO_MANY - 1, "%d %s", n, what);
	TEST_CHECK(!strcmp(xs_reply, error), "%s end with %s, not %s", what, xs_reply, error);
}

void test_main(void)
{
	uint32_t tx;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	check("nodes", exhaust(XS_WRITE, 0, "data/%d", 0), "ENOSPC");
	xs_expect(XS_MKDIR, XS_BODY("device/more"), XS_ERROR, "ENOSPC");
	xs_expect(XS_RM, XS_BODY("data"), XS_RM, "OK");
	xs_expect(XS_MKDIR, XS_BODY("device/more"), XS_MKDIR, "OK");
	check("bytes", exhaust(XS_WRITE, 0, "device/%d", 2000), "ENOSPC");
	xs_expect(XS_RM, XS_BODY("device"), XS_RM, "OK");
	/* Both of its directories are gone, and only domain 0 makes such. */
	xs_expect(XS_MKDIR, XS_BODY("device"), XS_ERROR, "EACCES");
	memcpy(body, "attr/v", 7);
	xs_expect(XS_WRITE, body, 7 + 2049, XS_ERROR, "E2BIG");
	tx = xs_begin();
	check("writes in a transaction", exhaust(XS_WRITE, tx, "attr/%d", 1000), "ENOSPC");
	xs_expect_in(tx, XS_TRANSACTION_END, XS_BODY("T"), "ENOSPC");
	xs_expect(XS_DIRECTORY, XS_BODY("attr"), XS_DIRECTORY, "");
	check("watches", exhaust(XS_WATCH, 0, "attr/%d", 10), "E2BIG");
	xs_expect(XS_RESET_WATCHES, "", 1, XS_RESET_WATCHES, "OK");
	xs_expect(XS_WATCH, XS_BODY("attr\0again"), XS_WATCH, "OK");
	check("transactions", exhaust(XS_TRANSACTION_START, 0, "", 0), "ENOSPC");
	xs_expect(XS_RESET_WATCHES, "", 1, XS_RESET_WATCHES, "OK");
	TEST_CHECK(xs_begin(), "no transaction after all were given up");
	xs_expect(XS_SET_PERMS, XS_BODY("attr\0n1\0r2\0r3\0r4\0r5\0r6\0r7\0r8\0r9"), XS_ERROR,
		  "ENOSPC");
}
