// SPDX-License-Identifier: MIT
/*
 * Checked xenstore requests. Called by test guests.
 */

#include "pvops-guest/lib/xs_test.h"

#define EVENT_PATIENCE_NS 10000000000ull
#define SILENCE_NS	  100000000ull

char xs_reply[XENSTORE_PAYLOAD_MAX + 1];
size_t xs_reply_len;

static void check(uint32_t type, const char *body, int got, int want_type, const char *want)
{
	if (got != want_type)
		test_failure("request %u of %s: type %d ('%s'), not %d", type, body, got, xs_reply,
			     want_type);
	else if (strcmp(xs_reply, want))
		test_failure("request %u of %s: '%s', not '%s'", type, body, xs_reply, want);
}

void xs_expect(uint32_t type, const void *body, size_t len_bytes, int want_type, const char *want)
{
	int got = xs_request(type, 0, body, len_bytes, xs_reply, &xs_reply_len);

	check(type, body, got, want_type, want);
}

void xs_expect_in(uint32_t tx, uint32_t type, const void *body, size_t len_bytes, const char *want)
{
	int got = xs_request(type, tx, body, len_bytes, xs_reply, &xs_reply_len);

	/* Names of errors are the only texts of capital letters. */
	check(type, body, got, want[0] == 'E' ? XS_ERROR : (int)type, want);
}

uint32_t xs_begin(void)
{
	uint32_t id = 0;

	if (xs_request(XS_TRANSACTION_START, 0, "", 1, xs_reply, &xs_reply_len) !=
	    XS_TRANSACTION_START)
		test_failure("no transaction begins: %s", xs_reply);
	else
		for (const char *c = xs_reply; *c; c++)
			id = id * 10 + (*c - '0');
	return id;
}

void xs_expect_event(const char *path, const char *token)
{
	struct xs_event e;

	if (!xs_next_event(&e, EVENT_PATIENCE_NS))
		test_failure("no event came for %s", path);
	else if (strcmp(e.path, path) || strcmp(e.token, token))
		test_failure("event '%s' '%s', not '%s' '%s'", e.path, e.token, path, token);
}

void xs_expect_silence(void)
{
	struct xs_event e;

	if (xs_next_event(&e, SILENCE_NS))
		test_failure("event '%s' '%s' for nothing", e.path, e.token);
}
