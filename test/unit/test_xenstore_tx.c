/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * xenstore transactions and permissions, case by case: isolation, conflicts,
 * rolling back, quotas; what a new domain finds and what it may do with it.
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
#include "xenstore_client.h"

static struct xs_conn *one, *two, *zero;

static void setup(void)
{
	client_setup();
	zero = client_open(0);
	one = client_open(1);
	two = client_open(2);
}

static void commit(struct xs_conn *conn, uint32_t tx)
{
	expect_tx(conn, tx, XS_TRANSACTION_END, LIT("T"), LIT("OK"));
}

static void commit_fails(struct xs_conn *conn, uint32_t tx, const char *error)
{
	expect_tx_error(conn, tx, XS_TRANSACTION_END, LIT("T"), error);
	expect_tx_error(conn, tx, XS_TRANSACTION_END, LIT("T"), "ENOENT");
}

START_TEST(changes_appear_at_the_commit)
{
	uint32_t tx = begin_tx(one);

	expect_tx(one, tx, XS_WRITE, "data/a/b\0new", 12, LIT("OK"));
	expect_tx(one, tx, XS_READ, LIT("data/a/b"), "new", 3);
	expect_tx(one, tx, XS_DIRECTORY, LIT("data"), LIT("a"));
	expect_error(one, XS_READ, LIT("data/a/b"), "ENOENT");
	expect(one, XS_DIRECTORY, LIT("data"), "", 0);
	commit(one, tx);
	expect(one, XS_READ, LIT("data/a/b"), "new", 3);
	expect_tx_error(one, tx, XS_READ, LIT("data/a/b"), "ENOENT");
}
END_TEST

START_TEST(aborts_roll_back)
{
	size_t used = heap_used(&store.heap);
	uint32_t tx;

	expect(one, XS_WRITE, "data/k\0old", 10, LIT("OK"));
	tx = begin_tx(one);
	expect_tx(one, tx, XS_WRITE, "data/k\0new", 10, LIT("OK"));
	expect_tx(one, tx, XS_WRITE, "data/x/y\0z", 10, LIT("OK"));
	expect_tx(one, tx, XS_SET_PERMS, LIT("data/k\0b1"), LIT("OK"));
	expect_tx(one, tx, XS_RM, LIT("device"), LIT("OK"));
	expect_tx_error(one, tx, XS_DIRECTORY, LIT("device"), "ENOENT");
	expect_tx(one, tx, XS_TRANSACTION_END, LIT("F"), LIT("OK"));
	expect(one, XS_READ, LIT("data/k"), "old", 3);
	expect(one, XS_GET_PERMS, LIT("data/k"), LIT("n1"));
	expect_error(one, XS_READ, LIT("data/x"), "ENOENT");
	expect(one, XS_DIRECTORY, LIT("device"), "", 0);
	expect(one, XS_RM, LIT("data/k"), LIT("OK"));
	ck_assert_uint_le(heap_used(&store.heap), used + 64);
}
END_TEST

START_TEST(what_was_read_must_still_be_so)
{
	uint32_t a, b;

	expect(one, XS_WRITE, "data/k\0old", 10, LIT("OK"));
	a = begin_tx(one);
	b = begin_tx(one);
	expect_tx(one, a, XS_READ, LIT("data/k"), "old", 3);
	expect_tx(one, a, XS_WRITE, "data/other\0x", 12, LIT("OK"));
	expect_tx(one, b, XS_WRITE, "data/k\0new", 10, LIT("OK"));
	commit(one, b);
	commit_fails(one, a, "EAGAIN");
	expect(one, XS_READ, LIT("data/k"), "new", 3);
	expect_error(one, XS_READ, LIT("data/other"), "ENOENT");
}
END_TEST

START_TEST(absence_and_names_count_as_read)
{
	uint32_t tx = begin_tx(one);

	expect_tx_error(one, tx, XS_READ, LIT("data/k"), "ENOENT");
	expect(one, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	commit_fails(one, tx, "EAGAIN");
	tx = begin_tx(one);
	expect_tx(one, tx, XS_DIRECTORY, LIT("data"), LIT("k"));
	expect(one, XS_RM, LIT("data/k"), LIT("OK"));
	commit_fails(one, tx, "EAGAIN");
	/* A value isn't a name. */
	tx = begin_tx(one);
	expect_tx(one, tx, XS_READ, LIT("data"), "", 0);
	expect(one, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	commit(one, tx);
}
END_TEST

START_TEST(others_far_away_cause_no_conflict)
{
	uint32_t a = begin_tx(one), b = begin_tx(two);

	expect_tx(one, a, XS_WRITE, "device/vbd/1/state\0003", 20, LIT("OK"));
	expect_tx(two, b, XS_WRITE, "device/vbd/1/state\0004", 20, LIT("OK"));
	expect(two, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	expect(zero, XS_WRITE, "/local/domain/1/memory/target\00099", 32, LIT("OK"));
	commit(two, b);
	commit(one, a);
	expect(one, XS_READ, LIT("device/vbd/1/state"), "3", 1);
	expect(two, XS_READ, LIT("device/vbd/1/state"), "4", 1);
}
END_TEST

START_TEST(watchers_hear_at_the_commit)
{
	uint32_t tx;

	expect(one, XS_WATCH, LIT("data\0t"), LIT("OK"));
	expect_event(one, "data", "t");
	tx = begin_tx(one);
	expect_tx(one, tx, XS_WRITE, "data/a\0x", 8, LIT("OK"));
	expect_tx(one, tx, XS_WRITE, "data/b\0x", 8, LIT("OK"));
	expect_tx(one, tx, XS_WRITE, "data/a\0y", 8, LIT("OK"));
	expect_no_event(one);
	commit(one, tx);
	expect_event(one, "data/a", "t");
	expect_event(one, "data/b", "t");
	expect_no_event(one);
	tx = begin_tx(one);
	expect_tx(one, tx, XS_RM, LIT("data/a"), LIT("OK"));
	expect_tx(one, tx, XS_TRANSACTION_END, LIT("F"), LIT("OK"));
	expect_no_event(one);
}
END_TEST

START_TEST(transactions_have_an_own_domain_and_a_limit)
{
	static char reply[4097];
	uint32_t tx = begin_tx(one), last = 0;
	size_t len;

	expect_tx_error(two, tx, XS_READ, LIT("data"), "ENOENT");
	expect_tx_error(two, tx, XS_TRANSACTION_END, LIT("T"), "ENOENT");
	expect_tx_error(one, tx + 1, XS_READ, LIT("data"), "ENOENT");
	expect_tx_error(one, tx, XS_TRANSACTION_START, "", 1, "EBUSY");
	expect_tx_error(one, tx, XS_TRANSACTION_END, LIT("X"), "EINVAL");
	expect_tx_error(one, tx, XS_TRANSACTION_END, "", 0, "EINVAL");
	expect_error(one, XS_TRANSACTION_END, LIT("T"), "ENOENT");
	for (int i = 1; i < XS_TRANSACTIONS_MAX; i++)
		last = begin_tx(one);
	ck_assert_uint_eq(ask(one, XS_TRANSACTION_START, 0, "", 1, reply, &len), XS_ERROR);
	ck_assert_str_eq(reply, "ENOSPC");
	begin_tx(two);
	commit(one, last);
	begin_tx(one);
	/* All of them at once. */
	expect(one, XS_RESET_WATCHES, "", 1, LIT("OK"));
	expect_tx_error(one, tx, XS_READ, LIT("data"), "ENOENT");
	client_close(2);
	ck_assert_ptr_null(store.transactions);
}
END_TEST

/* What a transaction may take is its domain's, over all of them. */
START_TEST(quota_of_transactions)
{
	static char body[2100], reply[4097];
	uint32_t a = begin_tx(one), b = begin_tx(one), type = XS_WRITE;
	size_t used = heap_used(&store.heap), len;
	int n = 0;

	for (; type == XS_WRITE && n < 1000; n++) {
		len = sprintf(body, "data/%d", n) + 1;
		type = ask(one, XS_WRITE, n & 1 ? a : b, body, len + 2000, reply, &len);
	}
	ck_assert_uint_eq(type, XS_ERROR);
	ck_assert_str_eq(reply, "ENOSPC");
	ck_assert_uint_le(heap_used(&store.heap) - used, STORE_QUOTA_TX_BYTES * 5 / 4);
	commit_fails(one, n & 1 ? b : a, "ENOSPC");
	expect(two, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	/* The one that didn't fail goes through. */
	commit(one, n & 1 ? a : b);
}
END_TEST

START_TEST(quota_of_nodes_holds_at_the_commit)
{
	static char body[2100];
	uint32_t txs[2] = {begin_tx(one), begin_tx(one)};
	size_t len;

	/* Each alone has room. */
	for (int i = 0; i < STORE_QUOTA_TX_BYTES / 2400; i++) {
		len = sprintf(body, "device/%d", i) + 1;
		expect_tx(one, txs[0], XS_WRITE, body, len + 1000, LIT("OK"));
	}
	for (int i = 0; i < STORE_QUOTA_BYTES / 2700; i++) {
		len = sprintf(body, "data/%d", i) + 1;
		expect(one, XS_WRITE, body, len + 2000, LIT("OK"));
	}
	commit_fails(one, txs[0], "ENOSPC");
	expect(one, XS_DIRECTORY, LIT("device"), "", 0);
	ck_assert_uint_le(store_account_of(&store, 1)->bytes, STORE_QUOTA_BYTES);
}
END_TEST

START_TEST(a_domain_finds_its_usual_keys)
{
	static char path[4200], reply[4097];
	size_t len;

	expect(one, XS_READ, LIT("domid"), "1", 1);
	expect(one, XS_READ, LIT("name"), "test", 4);
	expect(one, XS_READ, LIT("memory/target"), "16384", 5);
	expect(one, XS_READ, LIT("memory/static-max"), "32768", 5);
	expect(one, XS_READ, LIT("console/ring-ref"), "0", 1);
	expect(one, XS_READ, LIT("console/port"), "2", 1);
	expect(one, XS_READ, LIT("store/ring-ref"), "1", 1);
	expect(one, XS_READ, LIT("store/port"), "1", 1);
	expect(one, XS_READ, LIT("cpu/0/availability"), "online", 6);
	expect(one, XS_READ, LIT("control/platform-feature-xs_reset_watches"), "1", 1);
	expect(one, XS_READ, LIT("control/shutdown"), "", 0);
	ck_assert_uint_eq(ask(one, XS_READ, 0, LIT("vm"), reply, &len), XS_READ);
	len = sprintf(path, "%s/uuid", reply) + 1;
	expect(one, XS_READ, path, len, "74657374-0000-0000-0000-000000000000", 36);
	expect_error(two, XS_READ, path, len, "EACCES");
	expect(one, XS_GET_PERMS, LIT("name"), LIT("n0\0r1"));
	expect(one, XS_GET_PERMS, LIT("device"), LIT("n1"));
}
END_TEST

START_TEST(a_domain_writes_what_is_for_it_to_write)
{
	static const char *const may[] = {"device/vif/0/state",
					  "data/x",
					  "error/device",
					  "control/shutdown",
					  "control/sysrq",
					  "control/feature-poweroff",
					  "attr/os",
					  "drivers/0"};
	static const char *const may_not[] = {"name",
					      "domid",
					      "vm",
					      "new",
					      "memory/target",
					      "cpu/0/availability",
					      "console/port",
					      "control",
					      "control/other",
					      "/",
					      "/tool",
					      "/vm/x"};
	static char body[80];

	for (unsigned int i = 0; i < sizeof(may) / sizeof(may[0]); i++) {
		size_t len = sprintf(body, "%s", may[i]) + 1;

		expect(one, XS_WRITE, body, len + 1, LIT("OK"));
	}
	for (unsigned int i = 0; i < sizeof(may_not) / sizeof(may_not[0]); i++) {
		size_t len = sprintf(body, "%s", may_not[i]) + 1;

		expect_error(one, XS_WRITE, body, len + 1, "EACCES");
		expect_error(one, XS_RM, body, len, "EACCES");
		body[len] = 'n';
		body[len + 1] = '1';
		body[len + 2] = '\0';
		expect_error(one, XS_SET_PERMS, body, len + 3, "EACCES");
	}
}
END_TEST

START_TEST(lists_of_permissions)
{
	expect(one, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	expect_error(two, XS_READ, LIT("/local/domain/1/data/k"), "EACCES");
	expect(one, XS_SET_PERMS, LIT("data/k\0n1\0r2"), LIT("OK"));
	expect(two, XS_READ, LIT("/local/domain/1/data/k"), "x", 1);
	expect(two, XS_GET_PERMS, LIT("/local/domain/1/data/k"), LIT("n1\0r2"));
	expect_error(two, XS_WRITE, "/local/domain/1/data/k\0y", 24, "EACCES");
	expect_error(two, XS_SET_PERMS, LIT("/local/domain/1/data/k\0b2"), "EACCES");
	expect(one, XS_SET_PERMS, LIT("data/k\0n1\0w2"), LIT("OK"));
	expect(two, XS_WRITE, "/local/domain/1/data/k\0y", 24, LIT("OK"));
	expect_error(two, XS_READ, LIT("/local/domain/1/data/k"), "EACCES");
	/* It makes nodes there, too, and they are its own. */
	expect(two, XS_WRITE, "/local/domain/1/data/k/l\0y", 26, LIT("OK"));
	expect(two, XS_GET_PERMS, LIT("/local/domain/1/data/k/l"), LIT("n2\0w2"));
	expect_error(one, XS_READ, LIT("data/k/l"), "EACCES");
	/* But who may write what is above may remove them. */
	expect(one, XS_RM, LIT("data/k"), LIT("OK"));
	expect_error(one, XS_SET_PERMS, LIT("data\0n2"), "EPERM");
	expect_error(one, XS_SET_PERMS, LIT("data\0x1"), "EINVAL");
	expect_error(one, XS_SET_PERMS, LIT("data\0n"), "EINVAL");
	expect_error(one, XS_SET_PERMS, LIT("data\0n70000"), "EINVAL");
	expect_error(one, XS_SET_PERMS, LIT("data"), "EINVAL");
	expect_error(one, XS_SET_PERMS, "data\0n1", 7, "EINVAL");
	expect_error(one, XS_SET_PERMS, LIT("data\0n1\0r2\0r3\0r4\0r5\0r6\0r7\0r8\0r9"), "ENOSPC");
}
END_TEST

START_TEST(ended_domains_lose_their_permissions)
{
	expect(one, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	expect(one, XS_SET_PERMS, LIT("data/k\0n1\0b2"), LIT("OK"));
	expect(two, XS_WRITE, "/local/domain/1/data/k/theirs\0y", 31, LIT("OK"));
	client_close(2);
	expect(one, XS_GET_PERMS, LIT("data/k"), LIT("n1"));
	expect(one, XS_DIRECTORY, LIT("data/k"), "", 0);
	/* Another one of that number begins with nothing. */
	two = client_open(2);
	expect_error(two, XS_READ, LIT("/local/domain/1/data/k"), "EACCES");
	expect(two, XS_DIRECTORY, LIT("data"), "", 0);
}
END_TEST

START_TEST(permissions_are_for_domains_that_are_there)
{
	struct xs_conn *three;

	expect(one, XS_WRITE, "data/k\0x", 8, LIT("OK"));
	expect(one, XS_SET_PERMS, LIT("data/k\0n1\0r3\0r2"), LIT("OK"));
	three = client_open(3);
	expect_error(three, XS_READ, LIT("/local/domain/1/data/k"), "EACCES");
	expect(two, XS_READ, LIT("/local/domain/1/data/k"), "x", 1);
	expect(one, XS_GET_PERMS, LIT("data/k"), LIT("n1\0r2"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xenstore transactions and permissions");
	TCase *tx = tcase_create("transactions"), *perms = tcase_create("permissions");

	tcase_add_checked_fixture(tx, setup, client_teardown);
	tcase_add_test(tx, changes_appear_at_the_commit);
	tcase_add_test(tx, aborts_roll_back);
	tcase_add_test(tx, what_was_read_must_still_be_so);
	tcase_add_test(tx, absence_and_names_count_as_read);
	tcase_add_test(tx, others_far_away_cause_no_conflict);
	tcase_add_test(tx, watchers_hear_at_the_commit);
	tcase_add_test(tx, transactions_have_an_own_domain_and_a_limit);
	tcase_add_test(tx, quota_of_transactions);
	tcase_add_test(tx, quota_of_nodes_holds_at_the_commit);
	suite_add_tcase(suite, tx);
	tcase_add_checked_fixture(perms, setup, client_teardown);
	tcase_add_test(perms, a_domain_finds_its_usual_keys);
	tcase_add_test(perms, a_domain_writes_what_is_for_it_to_write);
	tcase_add_test(perms, lists_of_permissions);
	tcase_add_test(perms, ended_domains_lose_their_permissions);
	tcase_add_test(perms, permissions_are_for_domains_that_are_there);
	suite_add_tcase(suite, perms);
	return unit_run(suite);
}
