/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * xenstore watches: who is told what, in which form, and how little a listener
 * who doesn't listen costs.
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

#define WATCH(conn, path, token)                                                                   \
	do {                                                                                       \
		expect(conn, XS_WATCH, LIT(path "\0" token), LIT("OK"));                           \
		expect_event(conn, path, token);                                                   \
	} while (0)

START_TEST(first_event_comes_at_once)
{
	WATCH(one, "data", "t");
	WATCH(one, "data/nothing/there", "t2");
	WATCH(one, "/local/domain/2/data", "not mine, but that's told later");
	WATCH(one, "@releaseDomain", "r");
	expect_no_event(one);
}
END_TEST

START_TEST(changes_at_and_below_are_told)
{
	WATCH(one, "data", "t");
	expect(one, XS_WRITE, "data/a/b\0x", 10, LIT("OK"));
	expect_event(one, "data/a/b", "t");
	expect(one, XS_WRITE, "data\0x", 6, LIT("OK"));
	expect_event(one, "data", "t");
	expect(one, XS_MKDIR, LIT("data/c"), LIT("OK"));
	expect_event(one, "data/c", "t");
	/* It was there. */
	expect(one, XS_MKDIR, LIT("data/c"), LIT("OK"));
	expect_no_event(one);
	expect(one, XS_SET_PERMS, LIT("data/c\0r1"), LIT("OK"));
	expect_event(one, "data/c", "t");
	expect(one, XS_RM, LIT("data/c"), LIT("OK"));
	expect_event(one, "data/c", "t");
	expect(one, XS_RM, LIT("data/c"), LIT("OK"));
	expect(one, XS_WRITE, "device\0x", 8, LIT("OK"));
	expect_error(one, XS_WRITE, "name\0x", 6, "EACCES");
	expect_no_event(one);
}
END_TEST

START_TEST(paths_are_in_the_watchers_form)
{
	WATCH(one, "data", "relative");
	WATCH(one, "/local/domain/1/data", "absolute");
	expect(zero, XS_WRITE, "/local/domain/1/data/k\0x", 24, LIT("OK"));
	expect_event(one, "data/k", "relative");
	expect_event(one, "/local/domain/1/data/k", "absolute");
	expect_no_event(one);
}
END_TEST

START_TEST(names_that_only_begin_alike_are_different)
{
	WATCH(one, "data/a", "t");
	expect(one, XS_WRITE, "data/ab\0x", 9, LIT("OK"));
	expect_no_event(one);
}
END_TEST

START_TEST(removed_parents_are_told)
{
	expect(one, XS_WRITE, "data/a/b/c\0x", 12, LIT("OK"));
	WATCH(one, "data/a/b/c", "deep");
	WATCH(one, "data/a/b/c/d", "absent");
	WATCH(one, "data", "top");
	expect(one, XS_RM, LIT("data/a"), LIT("OK"));
	expect_event(one, "data/a/b/c", "deep");
	/* Not one for each: it is the removal of one node. */
	expect_event(one, "data/a", "top");
	expect_no_event(one);
}
END_TEST

START_TEST(watches_are_told_apart_by_path_and_token)
{
	WATCH(one, "data", "a");
	WATCH(one, "data", "b");
	WATCH(one, "/local/domain/1/data", "a");
	expect_error(one, XS_WATCH, LIT("data\0a"), "EEXIST");
	expect(one, XS_UNWATCH, LIT("data\0a"), LIT("OK"));
	expect_error(one, XS_UNWATCH, LIT("data\0a"), "ENOENT");
	expect_error(one, XS_UNWATCH, LIT("data\0c"), "ENOENT");
	expect_error(two, XS_UNWATCH, LIT("/local/domain/1/data\0a"), "ENOENT");
	expect(one, XS_WRITE, "data\0x", 6, LIT("OK"));
	expect_event(one, "data", "b");
	expect_event(one, "/local/domain/1/data", "a");
	expect_no_event(one);
	expect(one, XS_RESET_WATCHES, "", 1, LIT("OK"));
	expect(one, XS_WRITE, "data\0y", 6, LIT("OK"));
	expect_no_event(one);
}
END_TEST

START_TEST(malformed_watches_are_refused)
{
	static char big[4096];

	expect_error(one, XS_WATCH, LIT("data"), "EINVAL");
	expect_error(one, XS_WATCH, "data\0t", 6, "EINVAL");
	expect_error(one, XS_WATCH, LIT("da ta\0t"), "EINVAL");
	expect_error(one, XS_WATCH, LIT("data/\0t"), "EINVAL");
	expect_error(one, XS_WATCH, LIT("\0t"), "EINVAL");
	expect_error(one, XS_WATCH, LIT("@other\0t"), "EINVAL");
	expect_error(one, XS_WATCH, LIT("data\0t\0x"), "EINVAL");
	expect_error(one, XS_UNWATCH, LIT("data"), "EINVAL");
	expect_error(one, XS_WATCH, "", 0, "EINVAL");
	memset(big, 't', sizeof(big));
	memcpy(big, "data", 5);
	big[5 + WATCH_TOKEN_MAX + 1] = '\0';
	expect_error(one, XS_WATCH, big, 5 + WATCH_TOKEN_MAX + 2, "EINVAL");
	expect_no_event(one);
}
END_TEST

START_TEST(only_who_may_see_is_told)
{
	WATCH(two, "/local/domain/1/data", "spy");
	WATCH(two, "/", "all");
	expect(one, XS_WRITE, "data/secret\0x", 13, LIT("OK"));
	expect(one, XS_RM, LIT("data/secret"), LIT("OK"));
	expect_no_event(two);
	/* Shown: told, and told when that ends. */
	expect(one, XS_WRITE, "data/open\0x", 11, LIT("OK"));
	expect(one, XS_SET_PERMS, LIT("data/open\0n1\0r2"), LIT("OK"));
	expect_event(two, "/local/domain/1/data/open", "spy");
	expect_event(two, "/local/domain/1/data/open", "all");
	expect(one, XS_WRITE, "data/open\0y", 11, LIT("OK"));
	expect_event(two, "/local/domain/1/data/open", "spy");
	expect_event(two, "/local/domain/1/data/open", "all");
	expect(one, XS_SET_PERMS, LIT("data/open\0n1"), LIT("OK"));
	expect_event(two, "/local/domain/1/data/open", "spy");
	expect_event(two, "/local/domain/1/data/open", "all");
	expect(one, XS_WRITE, "data/open\0z", 11, LIT("OK"));
	expect(one, XS_RM, LIT("data/open"), LIT("OK"));
	expect_no_event(two);
}
END_TEST

START_TEST(domains_that_come_and_go_are_domain_0s_business)
{
	WATCH(zero, "@introduceDomain", "i");
	WATCH(zero, "@releaseDomain", "r");
	WATCH(one, "@introduceDomain", "i");
	WATCH(one, "@releaseDomain", "r");
	watch_fire(&store, WATCH_INTRODUCE, false);
	expect_event(zero, "@introduceDomain", "i");
	watch_fire(&store, WATCH_RELEASE, false);
	expect_event(zero, "@releaseDomain", "r");
	expect_no_event(zero);
	expect_no_event(one);
}
END_TEST

START_TEST(equal_events_are_told_once)
{
	WATCH(one, "data", "t");
	for (int i = 0; i < 1000; i++)
		expect(zero, XS_WRITE, "/local/domain/1/data/k\0x", 24, LIT("OK"));
	expect_event(one, "data/k", "t");
	expect_no_event(one);
}
END_TEST

/* Domain 1 doesn't read; 0 and 2 go on, and memory stays bounded. */
START_TEST(who_does_not_listen_hurts_nobody)
{
	char body[64], token[32];
	size_t used = 0;
	int n = 0;

	for (; n < 10; n++) {
		size_t len = sprintf(body, "data%ct%d", 0, n) + 1;

		sprintf(token, "t%d", n);
		expect(one, XS_WATCH, body, len, LIT("OK"));
		expect_event(one, "data", token);
	}
	for (int i = 0; i < 20000; i++) {
		size_t len = sprintf(body, "/local/domain/1/data/%d", i % 500) + 1;

		body[len] = 'x';
		expect(zero, XS_WRITE, body, len + 1, LIT("OK"));
		if (i == 1000)
			used = heap_used(&store.heap);
	}
	ck_assert_uint_eq(heap_used(&store.heap), used);
	ck_assert_uint_le(one->watches.event_bytes, WATCH_EVENT_BYTES);
	/* It isn't served either until it has read them. */
	ck_assert_uint_eq(xs_conn_input(one, "x", 1), 0);
	/* At the end, every watch knows that it missed something. */
	for (n = 0; one->watches.first; n++)
		ck_assert_uint_ne(watch_take(&one->watches, body), 0);
	ck_assert_int_gt(n, 64);
	for (int i = 0; i < 10; i++) {
		sprintf(token, "t%d", i);
		expect_event(one, "data", token);
	}
	expect_no_event(one);
	expect(one, XS_READ, LIT("name"), "test", 4);
}
END_TEST

START_TEST(one_flooded_watch_leaves_room_for_others)
{
	char body[64];

	WATCH(one, "data/flood", "f");
	WATCH(one, "control/shutdown", "s");
	for (int i = 0; i < 500; i++) {
		size_t len = sprintf(body, "/local/domain/1/data/flood/%d", i) + 1;

		expect(zero, XS_MKDIR, body, len, LIT("OK"));
	}
	expect(zero, XS_WRITE, "/local/domain/1/control/shutdown\0poweroff", 41, LIT("OK"));
	for (int i = 0; i < WATCH_EVENTS_MAX; i++) {
		sprintf(body, "data/flood/%d", i);
		expect_event(one, body, "f");
	}
	expect_event(one, "control/shutdown", "s");
	expect_event(one, "data/flood", "f");
	expect_no_event(one);
}
END_TEST

START_TEST(quota_of_watches)
{
	static char big[2000];
	char body[64];
	int n;

	for (n = 0; n < WATCH_QUOTA; n++) {
		size_t len = sprintf(body, "data%c%d", 0, n) + 1;

		expect(one, XS_WATCH, body, len, LIT("OK"));
		expect_event(one, "data", body + 5);
	}
	expect_error(one, XS_WATCH, LIT("data\0more"), "E2BIG");
	expect(one, XS_UNWATCH, LIT("data\0007"), LIT("OK"));
	WATCH(one, "data", "more");
	/* And of their bytes. */
	memset(big, 'a', sizeof(big));
	for (n = 0; n < 100; n++) {
		size_t len = 5 + sprintf(big + 5, "%d", n);

		memcpy(big, "data", 5);
		big[len] = 'a';
		big[1000] = '\0';
		if (watch_add(&two->watches, "data", big + 5))
			break;
	}
	ck_assert_int_lt(n, 20);
	ck_assert_int_gt(n, 10);
}
END_TEST

START_TEST(ends_free_everything)
{
	size_t used = heap_used(&store.heap);

	client_open(3);
	WATCH(&conns[3], "data", "t");
	WATCH(&conns[3], "device", "t");
	expect(zero, XS_WRITE, "/local/domain/3/data\0x", 22, LIT("OK"));
	begin_tx(&conns[0]);
	client_close(3);
	/* Lists of names keep their room. */
	ck_assert_uint_le(heap_used(&store.heap), used + 256);
	watch_fire(&store, "/local/domain/3/data", false);
}
END_TEST

START_TEST(wake_is_set_for_listeners_only)
{
	bool woken[3] = {false, false, false};

	WATCH(one, "data", "t");
	zero->watches.wake = &woken[0];
	one->watches.wake = &woken[1];
	two->watches.wake = &woken[2];
	expect(zero, XS_WRITE, "/local/domain/1/data/k\0x", 24, LIT("OK"));
	ck_assert(woken[1]);
	ck_assert(!woken[0] && !woken[2]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xenstore watches");
	TCase *tcase = tcase_create("watches");

	tcase_add_checked_fixture(tcase, setup, client_teardown);
	tcase_add_test(tcase, first_event_comes_at_once);
	tcase_add_test(tcase, changes_at_and_below_are_told);
	tcase_add_test(tcase, paths_are_in_the_watchers_form);
	tcase_add_test(tcase, names_that_only_begin_alike_are_different);
	tcase_add_test(tcase, removed_parents_are_told);
	tcase_add_test(tcase, watches_are_told_apart_by_path_and_token);
	tcase_add_test(tcase, malformed_watches_are_refused);
	tcase_add_test(tcase, only_who_may_see_is_told);
	tcase_add_test(tcase, domains_that_come_and_go_are_domain_0s_business);
	tcase_add_test(tcase, equal_events_are_told_once);
	tcase_add_test(tcase, who_does_not_listen_hurts_nobody);
	tcase_add_test(tcase, one_flooded_watch_leaves_room_for_others);
	tcase_add_test(tcase, quota_of_watches);
	tcase_add_test(tcase, ends_free_everything);
	tcase_add_test(tcase, wake_is_set_for_listeners_only);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
