// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that watches keys is told of each change at or below them,
 * in the form in which it named them, and of nothing it may not see.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/xs_test.h"

#define WATCH(path, token) xs_expect(XS_WATCH, XS_BODY(path "\0" token), XS_WATCH, "OK")

void test_main(void)
{
	static char path[80], home[40];
	uint32_t tx;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	xs_request(XS_READ, 0, XS_BODY("domid"), xs_reply, &xs_reply_len);
	guest_snprintf(home, sizeof(home), "/local/domain/%s", xs_reply);

	WATCH("data", "relative");
	xs_expect_event("data", "relative");
	xs_expect(XS_WATCH, XS_BODY("data\0relative"), XS_ERROR, "EEXIST");
	xs_expect(XS_WRITE, "data/a/b\0x", 10, XS_WRITE, "OK");
	xs_expect_event("data/a/b", "relative");
	guest_snprintf(path, sizeof(path), "%s/data/a", home);
	memcpy(path + strlen(path) + 1, "full", 5);
	xs_expect(XS_WATCH, path, strlen(path) + 6, XS_WATCH, "OK");
	xs_expect_event(path, "full");
	WATCH("data/a/b", "leaf");
	xs_expect_event("data/a/b", "leaf");
	/* A parent goes: its own watchers and those above and below. */
	xs_expect(XS_RM, XS_BODY("data/a"), XS_RM, "OK");
	xs_expect_event("data/a/b", "leaf");
	xs_expect_event("data/a", "relative");
	xs_expect_event(path, "full");
	/* In a transaction, at its end. */
	tx = xs_begin();
	xs_expect_in(tx, XS_WRITE, "data/t\0x", 8, "OK");
	xs_expect_silence();
	xs_expect_in(tx, XS_TRANSACTION_END, XS_BODY("T"), "OK");
	xs_expect_event("data/t", "relative");
	xs_expect(XS_UNWATCH, XS_BODY("data\0relative"), XS_UNWATCH, "OK");
	xs_expect(XS_UNWATCH, XS_BODY("data\0relative"), XS_ERROR, "ENOENT");
	xs_expect(XS_WRITE, "data/t\0y", 8, XS_WRITE, "OK");
	/* Others come and go beside this guest, and it doesn't hear of them. */
	WATCH("@introduceDomain", "i");
	xs_expect_event("@introduceDomain", "i");
	WATCH("@releaseDomain", "r");
	xs_expect_event("@releaseDomain", "r");
	WATCH("/", "all");
	xs_expect_event("/", "all");
	xs_expect_silence();
	xs_expect(XS_RESET_WATCHES, "", 1, XS_RESET_WATCHES, "OK");
	xs_expect(XS_WRITE, "data/t\0z", 8, XS_WRITE, "OK");
	xs_expect_silence();
}
