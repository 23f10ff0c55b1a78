/* SPDX-License-Identifier: MIT */
/*
 * keeper's xenstore: the tree with its permissions and quotas, and the
 * protocol against honest and hostile peers.
 * See: ABI 1.4
 *
 * SOURCES: pvops-guest/keeper/store.c pvops-guest/keeper/xs_wire.c
 * SOURCES: pvops-guest/keeper/heap.c
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/store.h"
#include "pvops-guest/keeper/xs_wire.h"

#define ARENA_BYTES (256 * 1024)

static struct store store;
static struct xs_conn conn;
static char *arena;

static void setup(void)
{
	arena = malloc(ARENA_BYTES);
	ck_assert(store_init(&store, arena, ARENA_BYTES));
	ck_assert_int_eq(store_write(&store, 0, "/local/domain/1/name", "one", 3), 0);
	ck_assert_int_eq(store_write(&store, 0, "/local/domain/12/name", "twelve", 6), 0);
	ck_assert_int_eq(store_mkdir(&store, 0, "/local/domain/1/device"), 0);
	xs_conn_init(&conn, &store, 1);
}

static void teardown(void)
{
	free(arena);
}

/* One request at once; *reply gets the body with a NUL added. Its type. */
static uint32_t ask(uint32_t type, uint32_t tx, const void *body, size_t len, char *reply,
		    size_t *reply_len)
{
	static char wire[16 + 4096];
	struct xsd_sockmsg head = {.type = type, .req_id = 77, .tx_id = tx, .len = len};
	size_t got;

	memcpy(wire, &head, sizeof(head));
	memcpy(wire + sizeof(head), body, len);
	ck_assert_uint_eq(xs_conn_input(&conn, wire, sizeof(head) + len), sizeof(head) + len);
	got = xs_conn_output(&conn, wire, sizeof(wire));
	ck_assert_uint_ge(got, sizeof(head));
	memcpy(&head, wire, sizeof(head));
	ck_assert_uint_eq(got, sizeof(head) + head.len);
	ck_assert_uint_eq(head.req_id, 77);
	ck_assert_uint_eq(head.tx_id, tx);
	memcpy(reply, wire + sizeof(head), head.len);
	reply[head.len] = '\0';
	*reply_len = head.len;
	return head.type;
}

static void expect(uint32_t type, const void *body, size_t len, const char *want, size_t want_len)
{
	static char reply[4097];
	size_t got;

	ck_assert_uint_eq(ask(type, 0, body, len, reply, &got), type);
	ck_assert_uint_eq(got, want_len);
	ck_assert_mem_eq(reply, want, want_len);
}

static void expect_error(uint32_t type, const void *body, size_t len, const char *name)
{
	static char reply[4097];
	size_t got;

	ck_assert_uint_eq(ask(type, 0, body, len, reply, &got), XS_ERROR);
	ck_assert_str_eq(reply, name);
	ck_assert_uint_eq(got, strlen(name) + 1);
}

/* String literals with their NUL. */
#define LIT(s) (s), sizeof(s)

START_TEST(reads_relative_and_absolute)
{
	expect(XS_READ, LIT("name"), "one", 3);
	expect(XS_READ, LIT("/local/domain/1/name"), "one", 3);
	expect_error(XS_READ, LIT("nothing"), "ENOENT");
}
END_TEST

START_TEST(grub_probe_of_block_devices)
{
	expect_error(XS_DIRECTORY, LIT("device/vbd"), "ENOENT");
	expect(XS_DIRECTORY, LIT("device"), "", 0);
}
END_TEST

START_TEST(writes_make_parents)
{
	expect(XS_WRITE, "data/a/b\0value", 14, LIT("OK"));
	expect(XS_READ, LIT("data/a/b"), "value", 5);
	expect(XS_DIRECTORY, LIT("data"), LIT("a"));
	expect(XS_MKDIR, LIT("data/a/c"), LIT("OK"));
	expect(XS_RM, LIT("data"), LIT("OK"));
	expect_error(XS_READ, LIT("data/a/b"), "ENOENT");
	/* The last component may be absent, its parent may not. */
	expect(XS_RM, LIT("data"), LIT("OK"));
	expect_error(XS_RM, LIT("x/y"), "ENOENT");
}
END_TEST

START_TEST(other_homes_are_closed)
{
	static const char *const foreign[] = {
		"/local/domain/12/name",
		"/local/domain/12",
		"/local/domain",
		"/local",
		"/",
		"/local/domain/0/name",
		"/tool",
	};

	for (unsigned int i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		char body[64];
		size_t len = strlen(foreign[i]) + 1;

		memcpy(body, foreign[i], len);
		expect_error(XS_READ, body, len, "EACCES");
		expect_error(XS_DIRECTORY, body, len, "EACCES");
		expect_error(XS_RM, body, len, "EACCES");
		expect_error(XS_MKDIR, body, len, "EACCES");
		body[len] = 'x';
		expect_error(XS_WRITE, body, len + 1, "EACCES");
	}
	/* Nor may a domain remove its own home. */
	expect_error(XS_RM, LIT("/local/domain/1"), "EACCES");
}
END_TEST

START_TEST(bad_paths_are_refused)
{
	char big[3200];

	expect_error(XS_READ, "", 0, "EINVAL");
	expect_error(XS_READ, LIT(""), "EINVAL");
	expect_error(XS_READ, "name", 4, "EINVAL");
	expect_error(XS_READ, LIT("name\0name"), "EINVAL");
	expect_error(XS_READ, LIT("name/"), "EINVAL");
	expect_error(XS_READ, LIT("//name"), "EINVAL");
	expect_error(XS_READ, LIT("a//b"), "EINVAL");
	expect_error(XS_READ, LIT("a b"), "EINVAL");
	expect_error(XS_READ, LIT("../12/name"), "EINVAL");
	expect_error(XS_WRITE, "name", 4, "EINVAL");
	memset(big, 'a', sizeof(big));
	big[300] = '\0';
	expect_error(XS_READ, big, 301, "EINVAL");
	for (unsigned int i = 1; i < sizeof(big); i += 2)
		big[i] = '/';
	big[300] = 'a';
	big[3080] = '\0';
	expect_error(XS_READ, big, 3081, "EINVAL");
}
END_TEST

START_TEST(unknown_requests_are_answered)
{
	expect_error(XS_WATCH, LIT("device\0token"), "ENOSYS");
	expect_error(XS_INTRODUCE, "", 0, "ENOSYS");
	expect_error(12345, "", 0, "ENOSYS");
	expect_error(0xffffffff, "", 0, "ENOSYS");
	expect(XS_GET_DOMAIN_PATH, LIT("12"), LIT("/local/domain/12"));
	expect_error(XS_GET_DOMAIN_PATH, LIT("65536"), "EINVAL");
	expect_error(XS_GET_DOMAIN_PATH, LIT("99999999999999999999"), "EINVAL");
	expect_error(XS_GET_DOMAIN_PATH, LIT("1x"), "EINVAL");
}
END_TEST

START_TEST(transactions_begin_and_end)
{
	char reply[4097];
	size_t len;
	uint32_t tx;

	ck_assert_uint_eq(ask(XS_TRANSACTION_START, 0, "", 1, reply, &len), XS_TRANSACTION_START);
	tx = strtoul(reply, NULL, 10);
	ck_assert_uint_ne(tx, 0);
	ck_assert_uint_eq(ask(XS_READ, tx, LIT("name"), reply, &len), XS_READ);
	ck_assert_uint_eq(ask(XS_READ, tx + 1, LIT("name"), reply, &len), XS_ERROR);
	ck_assert_uint_eq(ask(XS_TRANSACTION_END, tx, LIT("T"), reply, &len), XS_TRANSACTION_END);
	ck_assert_uint_eq(ask(XS_TRANSACTION_END, tx, LIT("T"), reply, &len), XS_ERROR);
	for (int i = 0; i < XS_TRANSACTIONS_MAX; i++)
		ck_assert_uint_eq(ask(XS_TRANSACTION_START, 0, "", 1, reply, &len),
				  XS_TRANSACTION_START);
	expect_error(XS_TRANSACTION_START, "", 1, "ENOSPC");
}
END_TEST

START_TEST(requests_may_come_byte_by_byte)
{
	struct xsd_sockmsg head = {.type = XS_READ, .req_id = 5, .len = 5};
	char wire[sizeof(head) + 5], reply[64];
	size_t got = 0;

	memcpy(wire, &head, sizeof(head));
	memcpy(wire + sizeof(head), "name", 5);
	for (unsigned int i = 0; i < sizeof(wire); i++) {
		ck_assert_uint_eq(xs_conn_output(&conn, reply, sizeof(reply)), 0);
		ck_assert_uint_eq(xs_conn_input(&conn, wire + i, 1), 1);
	}
	/* A second request waits until the reply is out. */
	ck_assert_uint_eq(xs_conn_input(&conn, wire, sizeof(wire)), 0);
	for (int i = 0; i < 19; i++)
		got += xs_conn_output(&conn, reply + got, 1);
	ck_assert_uint_eq(got, 19);
	ck_assert_mem_eq(reply + sizeof(head), "one", 3);
	ck_assert_uint_eq(xs_conn_input(&conn, wire, sizeof(wire)), sizeof(wire));
}
END_TEST

START_TEST(overlong_request_breaks_only_its_connection)
{
	static const uint32_t lengths[] = {4097, 0x7fffffff, 0x80000000, 0xffffffff};

	for (unsigned int i = 0; i < 4; i++) {
		struct xsd_sockmsg head = {.type = XS_WRITE, .len = lengths[i]};
		char byte;

		xs_conn_init(&conn, &store, 1);
		xs_conn_input(&conn, (char *)&head, sizeof(head));
		ck_assert(conn.broken);
		ck_assert_uint_eq(xs_conn_input(&conn, "x", 1), 0);
		ck_assert_uint_eq(xs_conn_output(&conn, &byte, 1), 0);
	}
	xs_conn_init(&conn, &store, 1);
	expect(XS_READ, LIT("name"), "one", 3);
}
END_TEST

START_TEST(quota_of_nodes)
{
	char path[64];
	int ret = 0, n = 0;

	while (!ret && n < 10000) {
		snprintf(path, sizeof(path), "/local/domain/1/data/%d", n++);
		ret = store_write(&store, 1, path, "", 0);
	}
	ck_assert_int_eq(ret, -ENOSPC);
	ck_assert_int_le(n, STORE_QUOTA_NODES + 1);
	/* The neighbour isn't affected, and what is there can still be changed. */
	ck_assert_int_eq(store_write(&store, 12, "/local/domain/12/a", "x", 1), 0);
	ck_assert_int_eq(store_write(&store, 1, "/local/domain/1/data/0", "x", 1), 0);
	ck_assert_int_eq(store_remove(&store, 1, "/local/domain/1/data"), 0);
	ck_assert_ptr_null(store_account_of(&store, 1));
}
END_TEST

START_TEST(quota_of_bytes)
{
	static char value[STORE_VALUE_MAX + 1];
	const struct store_account *account;
	char path[64];
	int ret = 0, n = 0;

	ck_assert_int_eq(store_write(&store, 1, "/local/domain/1/v", value, sizeof(value)), -E2BIG);
	while (!ret && n < 1000) {
		snprintf(path, sizeof(path), "/local/domain/1/v%d", n++);
		ret = store_write(&store, 1, path, value, STORE_VALUE_MAX);
	}
	ck_assert_int_eq(ret, -ENOSPC);
	account = store_account_of(&store, 1);
	ck_assert_uint_le(account->bytes, STORE_QUOTA_BYTES);
	/* Also through a node that the toolstack made. */
	ck_assert_int_eq(store_write(&store, 1, "/local/domain/1/name", value, STORE_VALUE_MAX),
			 -ENOSPC);
}
END_TEST

START_TEST(deep_trees_are_removed)
{
	char path[STORE_PATH_MAX + 1] = "/local/domain/1";
	size_t used = heap_used(&store.heap), len = strlen(path);

	for (int i = 0; i < STORE_QUOTA_NODES - 1; i++) {
		memcpy(path + len, "/d", 3);
		len += 2;
	}
	ck_assert_int_eq(store_write(&store, 1, path, "x", 1), 0);
	ck_assert_int_eq(store_remove(&store, 1, "/local/domain/1/d"), 0);
	ck_assert_uint_eq(heap_used(&store.heap), used);
	ck_assert_ptr_null(store_account_of(&store, 1));
}
END_TEST

/* Random requests, many malformed: no crash, and all memory comes back. */
START_TEST(random_requests_leave_nothing_behind)
{
	static char wire[16 + 4096], out[5000];
	size_t used = heap_used(&store.heap);
	uint64_t state = unit_seed();

	for (int i = 0; i < 20000; i++) {
		struct xsd_sockmsg head = {.type = unit_random_below(&state, XS_TYPE_COUNT + 2)};
		size_t at = 0, len = 0, n;

		for (uint32_t c = unit_random_below(&state, 5); c; c--)
			len += sprintf(wire + 16 + len, "/%c",
				       'a' + (int)unit_random_below(&state, 4));
		wire[16 + len++] = '\0';
		n = unit_random_below(&state, 8) ? 0 : unit_random_below(&state, 2000);
		memset(wire + 16 + len, 'v', n);
		head.len = len + n - (unit_random_below(&state, 20) == 0);
		memcpy(wire, &head, sizeof(head));
		/* Leave the leading slash away: relative, so it may succeed. */
		if (head.len && unit_random_below(&state, 8)) {
			head.len--;
			memcpy(wire, &head, sizeof(head));
			memmove(wire + 16, wire + 17, head.len);
		}
		while (at < 16 + head.len) {
			n = unit_random_below(&state, 16 + head.len - at) + 1;
			at += xs_conn_input(&conn, wire + at, n);
			xs_conn_output(&conn, out, unit_random_below(&state, sizeof(out)));
		}
		while (xs_conn_output(&conn, out, sizeof(out)))
			;
		ck_assert(!conn.broken);
	}
	for (char c = 'a'; c <= 'd'; c++) {
		char path[] = "/local/domain/1/x";

		path[sizeof(path) - 2] = c;
		ck_assert_int_eq(store_remove(&store, 0, path), 0);
	}
	ck_assert_uint_eq(heap_used(&store.heap), used);
	ck_assert_ptr_null(store_account_of(&store, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xenstore");
	TCase *tree = tcase_create("tree"), *wire = tcase_create("wire");

	tcase_add_checked_fixture(tree, setup, teardown);
	tcase_add_test(tree, quota_of_nodes);
	tcase_add_test(tree, quota_of_bytes);
	tcase_add_test(tree, deep_trees_are_removed);
	suite_add_tcase(suite, tree);
	tcase_add_checked_fixture(wire, setup, teardown);
	tcase_add_test(wire, reads_relative_and_absolute);
	tcase_add_test(wire, grub_probe_of_block_devices);
	tcase_add_test(wire, writes_make_parents);
	tcase_add_test(wire, other_homes_are_closed);
	tcase_add_test(wire, bad_paths_are_refused);
	tcase_add_test(wire, unknown_requests_are_answered);
	tcase_add_test(wire, transactions_begin_and_end);
	tcase_add_test(wire, requests_may_come_byte_by_byte);
	tcase_add_test(wire, overlong_request_breaks_only_its_connection);
	tcase_add_test(wire, random_requests_leave_nothing_behind);
	suite_add_tcase(suite, wire);
	return unit_run(suite);
}
