// SPDX-License-Identifier: MIT
/*
 * Claim: two domains share in xenstore what their permissions say and nothing
 * else: who isn't named neither reads, writes, lists, removes nor hears of it,
 * and what a domain shared is gone with it.
 * See: ABI 1.4
 *
 * Booted twice: d1 owns what d2 wants.
 */

#include "pvops-guest/lib/xs_test.h"

#define PATIENCE_NS 20000000000ull

/* Wait, by watching, until a key of the other domain can be read as this. */
static void await(const char *path, const char *value)
{
	uint64_t end_ns = system_time_ns() + PATIENCE_NS;
	struct xs_event e;

	for (;;) {
		int type = xs_request(XS_READ, 0, path, strlen(path) + 1, xs_reply, &xs_reply_len);

		if (type == XS_READ && !strcmp(xs_reply, value))
			return;
		if (system_time_ns() > end_ns || !xs_next_event(&e, PATIENCE_NS)) {
			test_failure("%s doesn't become '%s' but '%s'", path, value, xs_reply);
			return;
		}
	}
}

static void watch(const char *path)
{
	char body[80];
	size_t len = strlen(path) + 1;

	memcpy(body, path, len);
	memcpy(body + len, "t", 2);
	xs_expect(XS_WATCH, body, len + 2, XS_WATCH, "OK");
}

static void owner(void)
{
	watch("/local/domain/2/data/step");
	await("/local/domain/2/data/step", "ready");
	xs_expect(XS_WRITE, "data/secret\0s", 13, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "data/greeting\0hello", 19, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "data/secret\0t", 13, XS_WRITE, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY("data/greeting\0n1\0r2"), XS_SET_PERMS, "OK");
	await("/local/domain/2/data/step", "refused");
	xs_expect(XS_READ, XS_BODY("data/greeting"), XS_READ, "hello");
	watch("data/greeting");
	xs_expect(XS_SET_PERMS, XS_BODY("data/greeting\0n1\0b2"), XS_SET_PERMS, "OK");
	await("data/greeting", "answer");
	/* What the other made below is the other's, but this domain's to remove. */
	await("/local/domain/2/data/step", "made");
	xs_expect(XS_READ, XS_BODY("data/greeting/theirs"), XS_ERROR, "EACCES");
	xs_expect(XS_RM, XS_BODY("data/greeting/theirs"), XS_ERROR, "EACCES");
	xs_expect(XS_WRITE, "data/last\0x", 11, XS_WRITE, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY("data/last\0r1"), XS_SET_PERMS, "OK");
	await("/local/domain/2/data/step", "watching");
}

static void step(const char *name)
{
	char body[40] = "data/step";
	size_t len = sizeof("data/step");

	memcpy(body + len, name, strlen(name));
	xs_expect(XS_WRITE, body, len + strlen(name), XS_WRITE, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY("data/step\0n2\0r1"), XS_SET_PERMS, "OK");
}

#define THEIRS "/local/domain/1/data"

static void refusals(void)
{
	xs_expect(XS_WRITE, THEIRS "/greeting\0x", sizeof(THEIRS "/greeting\0x") - 1, XS_ERROR,
		  "EACCES");
	xs_expect(XS_RM, XS_BODY(THEIRS "/greeting"), XS_ERROR, "EACCES");
	xs_expect(XS_MKDIR, XS_BODY(THEIRS "/greeting/x"), XS_ERROR, "EACCES");
	xs_expect(XS_SET_PERMS, XS_BODY(THEIRS "/greeting\0b2"), XS_ERROR, "EACCES");
	xs_expect(XS_READ, XS_BODY(THEIRS "/secret"), XS_ERROR, "EACCES");
	xs_expect(XS_READ, XS_BODY(THEIRS "/nothing"), XS_ERROR, "EACCES");
	xs_expect(XS_GET_PERMS, XS_BODY(THEIRS "/secret"), XS_ERROR, "EACCES");
	xs_expect(XS_DIRECTORY, XS_BODY(THEIRS), XS_ERROR, "EACCES");
	xs_expect(XS_DIRECTORY_PART, XS_BODY(THEIRS "\0000"), XS_ERROR, "EACCES");
}

static void visitor(void)
{
	struct xs_event e;

	watch(THEIRS "/secret");
	xs_expect_event(THEIRS "/secret", "t");
	watch(THEIRS "/greeting");
	xs_expect_event(THEIRS "/greeting", "t");
	xs_expect(XS_READ, XS_BODY(THEIRS "/greeting"), XS_ERROR, "EACCES");
	step("ready");
	xs_expect_event(THEIRS "/greeting", "t");
	await(THEIRS "/greeting", "hello");
	refusals();
	step("refused");
	/* Of the secret's two changes it didn't hear. */
	xs_expect_event(THEIRS "/greeting", "t");
	xs_expect(XS_WRITE, THEIRS "/greeting\0answer", sizeof(THEIRS "/greeting\0answer") - 1,
		  XS_WRITE, "OK");
	xs_expect(XS_WRITE, THEIRS "/greeting/theirs\0x", sizeof(THEIRS "/greeting/theirs\0x") - 1,
		  XS_WRITE, "OK");
	xs_expect(XS_SET_PERMS, XS_BODY(THEIRS "/greeting/theirs\0n2"), XS_SET_PERMS, "OK");
	step("made");
	while (xs_next_event(&e, 0))
		;
	watch(THEIRS "/last");
	await(THEIRS "/last", "x");
	step("watching");
	/* The owner ends, and with it all that it shared. */
	for (int i = 0; i < 10; i++)
		if (!xs_next_event(&e, PATIENCE_NS) || !strcmp(e.path, THEIRS "/last"))
			break;
	for (int i = 0; i < 200; i++) {
		xs_request(XS_READ, 0, XS_BODY(THEIRS "/last"), xs_reply, &xs_reply_len);
		if (!strcmp(xs_reply, "EACCES"))
			break;
		xs_next_event(&e, 100000000);
	}
	xs_expect(XS_READ, XS_BODY(THEIRS "/last"), XS_ERROR, "EACCES");
	xs_expect(XS_READ, XS_BODY(THEIRS "/greeting"), XS_ERROR, "EACCES");
}

void test_main(void)
{
	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	xs_request(XS_READ, 0, XS_BODY("domid"), xs_reply, &xs_reply_len);
	if (!strcmp(xs_reply, "1"))
		owner();
	else
		visitor();
}
