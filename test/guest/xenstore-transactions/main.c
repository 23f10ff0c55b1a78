// SPDX-License-Identifier: MIT
/*
 * Claim: a transaction's changes appear together at its end or never, and one
 * that rests on what others have changed ends with EAGAIN.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/xs_test.h"

static void isolation(void)
{
	uint32_t tx = xs_begin(), other = xs_begin();

	TEST_CHECK(tx && other && tx != other, "transactions %u and %u", tx, other);
	xs_expect_in(tx, XS_WRITE, "data/a/b\0new", 12, "OK");
	xs_expect_in(tx, XS_READ, XS_BODY("data/a/b"), "new");
	xs_expect(XS_READ, XS_BODY("data/a/b"), XS_ERROR, "ENOENT");
	xs_expect_in(other, XS_READ, XS_BODY("data/a/b"), "ENOENT");
	xs_expect_in(tx, XS_TRANSACTION_END, XS_BODY("T"), "OK");
	xs_expect(XS_READ, XS_BODY("data/a/b"), XS_READ, "new");
	/* It has read that there is nothing. */
	xs_expect_in(other, XS_TRANSACTION_END, XS_BODY("T"), "EAGAIN");
	xs_expect_in(other, XS_TRANSACTION_END, XS_BODY("T"), "ENOENT");
}

static void rolling_back(void)
{
	uint32_t tx = xs_begin();

	xs_expect_in(tx, XS_RM, XS_BODY("data/a"), "OK");
	xs_expect_in(tx, XS_WRITE, "data/other\0x", 12, "OK");
	xs_expect_in(tx, XS_READ, XS_BODY("data/a/b"), "ENOENT");
	xs_expect_in(tx, XS_TRANSACTION_END, XS_BODY("F"), "OK");
	xs_expect(XS_READ, XS_BODY("data/a/b"), XS_READ, "new");
	xs_expect(XS_READ, XS_BODY("data/other"), XS_ERROR, "ENOENT");
}

static void conflict_and_retry(void)
{
	uint32_t tx;

	for (int i = 0; i < 2; i++) {
		tx = xs_begin();
		xs_expect_in(tx, XS_READ, XS_BODY("data/a/b"), i ? "by another" : "new");
		xs_expect_in(tx, XS_WRITE, "data/a/b\0mine", 13, "OK");
		if (!i)
			xs_expect(XS_WRITE, "data/a/b\0by another", 19, XS_WRITE, "OK");
		xs_expect_in(tx, XS_TRANSACTION_END, XS_BODY("T"), i ? "OK" : "EAGAIN");
	}
	xs_expect(XS_READ, XS_BODY("data/a/b"), XS_READ, "mine");
}

static void limit(void)
{
	int n = 0;

	while (n < 1000 && xs_request(XS_TRANSACTION_START, 0, "", 1, xs_reply, &xs_reply_len) ==
				   XS_TRANSACTION_START)
		n++;
	TEST_CHECK(n > 1 && n < 1000 && !strcmp(xs_reply, "ENOSPC"), "%d transactions, then %s", n,
		   xs_reply);
}

void test_main(void)
{
	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	isolation();
	rolling_back();
	conflict_and_retry();
	xs_expect_in(12345, XS_READ, XS_BODY("data"), "ENOENT");
	limit();
}
