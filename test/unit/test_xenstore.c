/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * keeper's xenstore: requests and replies of one domain, quotas, and the
 * protocol against honest and hostile peers.
 * See: ABI 1.4
 *
 * SOURCES: test/unit/xenstore_client.c pvops-guest/keeper/home.c
 * SOURCES: pvops-guest/keeper/store.c pvops-guest/keeper/store_node.c
 * SOURCES: pvops-guest/keeper/store_view.c pvops-guest/keeper/store_tx.c
 * SOURCES: pvops-guest/keeper/watch.c test/unit/host_heap.c
 * SOURCES: pvops-guest/keeper/xs_wire.c pvops-guest/keeper/xs_requests.c
 * SOURCES: pvops-guest/keeper/xs_path.c pvops-guest/lib/printf.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/errno.h>
#include "xenstore_client.h"

static struct xs_conn *conn;

static void setup(void)
{
	client_setup();
	conn = client_open(1);
	client_open(12);
}

START_TEST(reads_relative_and_absolute)
{
	expect(conn, XS_READ, LIT("name"), "test", 4);
	expect(conn, XS_READ, LIT("/local/domain/1/name"), "test", 4);
	expect_error(conn, XS_READ, LIT("nothing"), "ENOENT");
}
END_TEST

START_TEST(grub_probe_of_block_devices)
{
	expect_error(conn, XS_DIRECTORY, LIT("device/vbd"), "ENOENT");
	expect(conn, XS_DIRECTORY, LIT("device"), "", 0);
}
END_TEST

START_TEST(writes_make_parents)
{
	size_t used = heap_used(&store.heap);

	expect(conn, XS_WRITE, "data/a/b\0value", 14, LIT("OK"));
	expect(conn, XS_READ, LIT("data/a/b"), "value", 5);
	expect(conn, XS_DIRECTORY, LIT("data"), LIT("a"));
	expect(conn, XS_MKDIR, LIT("data/a/c"), LIT("OK"));
	expect(conn, XS_RM, LIT("data/a"), LIT("OK"));
	expect_error(conn, XS_READ, LIT("data/a/b"), "ENOENT");
	/* The last component may be absent, its parent may not. */
	expect(conn, XS_RM, LIT("data/a"), LIT("OK"));
	expect_error(conn, XS_RM, LIT("data/x/y"), "ENOENT");
	/* The list of names keeps its room. */
	ck_assert_uint_le(heap_used(&store.heap), used + 64);
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
		expect_error(conn, XS_READ, body, len, "EACCES");
		expect_error(conn, XS_DIRECTORY, body, len, "EACCES");
		expect_error(conn, XS_RM, body, len, "EACCES");
		expect_error(conn, XS_MKDIR, body, len, "EACCES");
		body[len] = 'x';
		expect_error(conn, XS_WRITE, body, len + 1, "EACCES");
	}
	/* Nor may a domain remove its own home. */
	expect_error(conn, XS_RM, LIT("/local/domain/1"), "EACCES");
}
END_TEST

START_TEST(bad_paths_are_refused)
{
	char big[3200];

	expect_error(conn, XS_READ, "", 0, "EINVAL");
	expect_error(conn, XS_READ, LIT(""), "EINVAL");
	expect_error(conn, XS_READ, "name", 4, "EINVAL");
	expect_error(conn, XS_READ, LIT("name\0name"), "EINVAL");
	expect_error(conn, XS_READ, LIT("name/"), "EINVAL");
	expect_error(conn, XS_READ, LIT("//name"), "EINVAL");
	expect_error(conn, XS_READ, LIT("a//b"), "EINVAL");
	expect_error(conn, XS_READ, LIT("a b"), "EINVAL");
	expect_error(conn, XS_READ, LIT("../12/name"), "EINVAL");
	expect_error(conn, XS_WRITE, "name", 4, "EINVAL");
	memset(big, 'a', sizeof(big));
	big[300] = '\0';
	expect_error(conn, XS_READ, big, 301, "EINVAL");
	for (unsigned int i = 1; i < sizeof(big); i += 2)
		big[i] = '/';
	big[300] = 'a';
	big[3080] = '\0';
	expect_error(conn, XS_READ, big, 3081, "EINVAL");
}
END_TEST

START_TEST(what_is_not_for_guests_is_refused)
{
	static const uint32_t types[] = {XS_CONTROL, XS_INTRODUCE, XS_RELEASE, XS_RESUME,
					 XS_SET_TARGET};

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		expect_error(conn, types[i], LIT("2"), "EACCES");
		expect_error(conn, types[i], "", 0, "EACCES");
	}
	expect_error(conn, XS_WATCH_EVENT, LIT("a\0b"), "ENOSYS");
	expect_error(conn, XS_ERROR, LIT("EINVAL"), "ENOSYS");
}
END_TEST

START_TEST(unknown_requests_are_answered)
{
	expect_error(conn, 12345, "", 0, "ENOSYS");
	expect_error(conn, 0xffffffff, "", 0, "ENOSYS");
	expect(conn, XS_GET_DOMAIN_PATH, LIT("12"), LIT("/local/domain/12"));
	expect_error(conn, XS_GET_DOMAIN_PATH, LIT("65536"), "EINVAL");
	expect_error(conn, XS_GET_DOMAIN_PATH, LIT("99999999999999999999"), "EINVAL");
	expect_error(conn, XS_GET_DOMAIN_PATH, LIT("1x"), "EINVAL");
	expect(conn, XS_IS_DOMAIN_INTRODUCED, LIT("12"), LIT("T"));
	expect(conn, XS_IS_DOMAIN_INTRODUCED, LIT("0"), LIT("T"));
	expect(conn, XS_IS_DOMAIN_INTRODUCED, LIT("2"), LIT("F"));
	client_close(12);
	expect(conn, XS_IS_DOMAIN_INTRODUCED, LIT("12"), LIT("F"));
	expect_error(conn, XS_IS_DOMAIN_INTRODUCED, "", 0, "EINVAL");
}
END_TEST

START_TEST(directories_come_in_parts)
{
	static char reply[4097], names[16384], body[64];
	size_t total = 0, len, at, n = 0;
	unsigned long offset = 0;

	for (int i = 0; i < 550; i++) {
		len = sprintf(body, "data/some-name%d", i) + 1;
		expect(conn, XS_MKDIR, body, len, LIT("OK"));
	}
	expect_error(conn, XS_DIRECTORY, LIT("data"), "E2BIG");
	for (;;) {
		len = sprintf(body, "data%c%lu", 0, offset) + 1;
		ck_assert_uint_eq(ask(conn, XS_DIRECTORY_PART, 0, body, len, reply, &len),
				  XS_DIRECTORY_PART);
		at = strlen(reply) + 1;
		memcpy(names + total, reply + at, len - at);
		total += len - at;
		offset = total;
		/* An empty name after the last. */
		if (len - at >= 1 && !names[total - 1] && (total < 2 || !names[total - 2]))
			break;
	}
	for (at = 0; names[at]; at += strlen(names + at) + 1) {
		sprintf(body, "some-name%zu", n++);
		ck_assert_str_eq(names + at, body);
	}
	ck_assert_uint_eq(n, 550);
	ck_assert_uint_eq(at + 1, total);
	expect_error(conn, XS_DIRECTORY_PART, LIT("data\0003"), "EINVAL");
	expect_error(conn, XS_DIRECTORY_PART, LIT("data\000999999"), "EINVAL");
	expect_error(conn, XS_DIRECTORY_PART, LIT("data"), "EINVAL");
	expect_error(conn, XS_DIRECTORY_PART, LIT("data\0-1"), "EINVAL");
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
		ck_assert_uint_eq(xs_conn_output(conn, reply, sizeof(reply)), 0);
		ck_assert_uint_eq(xs_conn_input(conn, wire + i, 1), 1);
	}
	/* A second request waits until the reply is out. */
	ck_assert_uint_eq(xs_conn_input(conn, wire, sizeof(wire)), 0);
	for (int i = 0; i < 20; i++)
		got += xs_conn_output(conn, reply + got, 1);
	ck_assert_uint_eq(got, 20);
	ck_assert_mem_eq(reply + sizeof(head), "test", 4);
	ck_assert_uint_eq(xs_conn_input(conn, wire, sizeof(wire)), sizeof(wire));
}
END_TEST

START_TEST(overlong_request_breaks_only_its_connection)
{
	static const uint32_t lengths[] = {4097, 0x7fffffff, 0x80000000, 0xffffffff};

	for (unsigned int i = 0; i < 4; i++) {
		struct xsd_sockmsg head = {.type = XS_WRITE, .len = lengths[i]};
		char byte;

		xs_conn_end(conn);
		xs_conn_init(conn, &store, 1);
		xs_conn_input(conn, (char *)&head, sizeof(head));
		ck_assert(conn->broken);
		ck_assert_uint_eq(xs_conn_input(conn, "x", 1), 0);
		ck_assert_uint_eq(xs_conn_output(conn, &byte, 1), 0);
	}
	xs_conn_end(conn);
	xs_conn_init(conn, &store, 1);
	expect(conn, XS_READ, LIT("name"), "test", 4);
}
END_TEST

static int write_as(uint16_t domid, const char *path, const char *value, size_t len)
{
	const struct store_who who = {.store = &store, .domid = domid};
	struct store_bytes bytes = {value, len};

	return store_write(&who, path, &bytes);
}

static int remove_as(uint16_t domid, const char *path)
{
	const struct store_who who = {.store = &store, .domid = domid};

	return store_remove(&who, path);
}

START_TEST(quota_of_nodes)
{
	const struct store_account before = *store_account_of(&store, 1);
	char path[64];
	int ret = 0, n = 0;

	while (!ret && n < 10000) {
		snprintf(path, sizeof(path), "/local/domain/1/data/%d", n++);
		ret = write_as(1, path, "", 0);
	}
	ck_assert_int_eq(ret, -XEN_ENOSPC);
	ck_assert_int_le(n, STORE_QUOTA_NODES + 1);
	/* Nor several at once. */
	ck_assert_int_eq(write_as(1, "/local/domain/1/device/a/b/c", "", 0), -XEN_ENOSPC);
	/* The neighbour isn't affected, and what is there can still be changed. */
	ck_assert_int_eq(write_as(12, "/local/domain/12/data/a", "x", 1), 0);
	ck_assert_int_eq(remove_as(1, "/local/domain/1/data/1"), 0);
	ck_assert_int_eq(write_as(1, "/local/domain/1/data/0", "x", 1), 0);
	ck_assert_int_eq(remove_as(1, "/local/domain/1/data"), 0);
	ck_assert_uint_eq(store_account_of(&store, 1)->nodes, before.nodes - 1);
	client_close(1);
	ck_assert_ptr_null(store_account_of(&store, 1));
	client_open(1);
}
END_TEST

START_TEST(quota_of_bytes)
{
	static char value[STORE_VALUE_MAX + 1];
	char path[64];
	int ret = 0, n = 0;

	ck_assert_int_eq(write_as(1, "/local/domain/1/data/v", value, sizeof(value)), -XEN_E2BIG);
	while (!ret && n < 1000) {
		snprintf(path, sizeof(path), "/local/domain/1/data/v%d", n++);
		ret = write_as(1, path, value, STORE_VALUE_MAX);
	}
	ck_assert_int_eq(ret, -XEN_ENOSPC);
	/* The node that couldn't get its value isn't there. */
	expect_error(conn, XS_READ, path, strlen(path) + 1, "ENOENT");
	ck_assert_uint_le(store_account_of(&store, 1)->bytes, STORE_QUOTA_BYTES);
	/* Also through a node that the toolstack made. */
	ck_assert_int_eq(write_as(1, "/local/domain/1/control/shutdown", value, STORE_VALUE_MAX),
			 -XEN_ENOSPC);
}
END_TEST

START_TEST(memory_that_runs_out_is_an_error)
{
	static char value[STORE_VALUE_MAX];
	char path[64];
	int ret = 0, n = 0;
	size_t used;

	while (!ret) {
		snprintf(path, sizeof(path), "/tool/%d", n++);
		ret = write_as(0, path, value, sizeof(value));
	}
	ck_assert_int_eq(ret, -XEN_ENOMEM);
	used = heap_used(&store.heap);
	ck_assert_int_eq(write_as(0, "/tool/a/b/c/d", value, sizeof(value)), -XEN_ENOMEM);
	/* The parents are gone again; the list above may have grown. */
	ck_assert_uint_le(heap_used(&store.heap), used + 32768);
	ck_assert_int_eq(remove_as(0, "/tool/a/b"), -XEN_ENOENT);
	ck_assert_int_eq(remove_as(0, "/tool"), 0);
	ck_assert_int_eq(write_as(1, "/local/domain/1/data/x", value, sizeof(value)), 0);
}
END_TEST

START_TEST(deep_trees_are_removed)
{
	char path[STORE_PATH_MAX + 1] = "/local/domain/1/data";
	size_t used = heap_used(&store.heap), len = strlen(path);

	for (int i = 0; i < 150; i++) {
		memcpy(path + len, "/d", 3);
		len += 2;
	}
	ck_assert_int_eq(write_as(1, path, "x", 1), 0);
	ck_assert_int_eq(remove_as(1, "/local/domain/1/data/d"), 0);
	ck_assert_uint_le(heap_used(&store.heap), used + 64);
	/* The deepest there can be, for who has no quota. */
	for (len = strlen("/local/domain/1/data"); len + 2 <= STORE_PATH_MAX; len += 2)
		memcpy(path + len, "/d", 3);
	client_close(12);
	ck_assert_int_eq(write_as(0, path, "x", 1), -XEN_ENOMEM);
	path[1000] = '\0';
	ck_assert_int_eq(write_as(0, path, "x", 1), 0);
	ck_assert_int_eq(remove_as(0, "/local/domain/1/data/d"), 0);
	ck_assert_uint_le(heap_used(&store.heap), used + 64);
}
END_TEST

/* A body that often makes sense: a path, sometimes more. */
static size_t random_body(uint64_t *state, char *body)
{
	static const char *const seconds[] = {"t1", "t2", "n1", "b12", "0", "n1\0r12", "v"};
	size_t len = 0, n;

	if (unit_random_below(state, 10) == 0) {
		memcpy(body, unit_random_below(state, 2) ? "T" : "F", 2);
		return 2;
	}
	if (unit_random_below(state, 10) == 0)
		len = sprintf(body, "/local/domain/%d/", unit_random_below(state, 2) ? 1 : 12);
	len += sprintf(body + len, "data");
	for (uint32_t c = unit_random_below(state, 5); c; c--)
		len += sprintf(body + len, "/%c", 'a' + (int)unit_random_below(state, 4));
	body[len++] = '\0';
	if (unit_random_below(state, 2)) {
		n = unit_random_below(state, sizeof(seconds) / sizeof(seconds[0]));
		memcpy(body + len, seconds[n], n == 5 ? 7 : strlen(seconds[n]) + 1);
		len += n == 5 ? 7 : strlen(seconds[n]) + 1;
	}
	n = unit_random_below(state, 8) ? 0 : unit_random_below(state, 2000);
	memset(body + len, 'v', n);
	len += n;
	/* Sometimes without the NUL at the end. */
	return len - (unit_random_below(state, 20) == 0);
}

/* What came out: whole messages, of which one is the reply. */
static void check_output(const char *out, size_t len, uint32_t type, uint32_t id)
{
	unsigned int replies = 0;
	struct xsd_sockmsg head;
	size_t at = 0;

	for (; at < len; at += sizeof(head) + head.len) {
		memcpy(&head, out + at, sizeof(head));
		ck_assert_uint_le(head.len, XENSTORE_PAYLOAD_MAX);
		if (head.type == XS_WATCH_EVENT && !head.req_id)
			continue;
		ck_assert(head.type == type || head.type == XS_ERROR);
		ck_assert_uint_eq(head.req_id, id);
		replies++;
	}
	ck_assert_uint_eq(at, len);
	ck_assert_uint_eq(replies, 1);
}

static void random_request(uint64_t *state, struct xs_conn *from, uint32_t id)
{
	static char wire[16 + 4096], out[200000];
	struct xsd_sockmsg head = {.type = unit_random_below(state, XS_TYPE_COUNT + 2),
				   .req_id = id};
	size_t at = 0, got = 0, n;

	/* Ids of transactions count up; mostly none. */
	if (unit_random_below(state, 2) == 0)
		head.tx_id = from->last_transaction - unit_random_below(state, 4);
	if (head.tx_id > from->last_transaction)
		head.tx_id = 0;
	head.len = random_body(state, wire + sizeof(head));
	memcpy(wire, &head, sizeof(head));
	while (at < sizeof(head) + head.len) {
		n = unit_random_below(state, sizeof(head) + head.len - at) + 1;
		at += xs_conn_input(from, wire + at, n);
		/* Only events can be on their way before the request is complete. */
		if (at < sizeof(head) + head.len)
			while (xs_conn_output(from, out, sizeof(out)))
				;
	}
	while ((n = xs_conn_output(from, out + got, unit_random_below(state, 500) + 1)))
		got += n;
	check_output(out, got, head.type, id);
	ck_assert(!from->broken);
}

/* Random requests, many malformed: each is answered once, and memory comes back. */
START_TEST(random_requests_leave_nothing_behind)
{
	uint64_t state = unit_seed();
	size_t used;

	client_close(1);
	client_close(12);
	used = heap_used(&store.heap);
	client_open(1);
	client_open(12);
	for (int i = 1; i < 30000; i++)
		random_request(&state, &conns[unit_random_below(&state, 2) ? 1 : 12], i);
	client_close(1);
	client_close(12);
	ck_assert_uint_le(heap_used(&store.heap), used);
	ck_assert_ptr_null(store_account_of(&store, 1));
	ck_assert_ptr_null(store_account_of(&store, 12));
	ck_assert_ptr_null(store.transactions);
	ck_assert_ptr_null(store.clients);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xenstore");
	TCase *tree = tcase_create("tree"), *wire = tcase_create("wire");

	tcase_add_checked_fixture(tree, setup, client_teardown);
	tcase_add_test(tree, quota_of_nodes);
	tcase_add_test(tree, quota_of_bytes);
	tcase_add_test(tree, memory_that_runs_out_is_an_error);
	tcase_add_test(tree, deep_trees_are_removed);
	suite_add_tcase(suite, tree);
	tcase_add_checked_fixture(wire, setup, client_teardown);
	tcase_add_test(wire, reads_relative_and_absolute);
	tcase_add_test(wire, grub_probe_of_block_devices);
	tcase_add_test(wire, writes_make_parents);
	tcase_add_test(wire, other_homes_are_closed);
	tcase_add_test(wire, bad_paths_are_refused);
	tcase_add_test(wire, unknown_requests_are_answered);
	tcase_add_test(wire, what_is_not_for_guests_is_refused);
	tcase_add_test(wire, directories_come_in_parts);
	tcase_add_test(wire, requests_may_come_byte_by_byte);
	tcase_add_test(wire, overlong_request_breaks_only_its_connection);
	tcase_add_test(wire, random_requests_leave_nothing_behind);
	suite_add_tcase(suite, wire);
	return unit_run(suite);
}
