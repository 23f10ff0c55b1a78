/* SPDX-License-Identifier: MIT */
/*
 * xenstore clients for unit tests; see xenstore_client.h.
 */
#include <stdlib.h>
#include <string.h>
#include "xenstore_client.h"

#define ARENA_BYTES (1024 * 1024)

struct store store;
struct xs_conn conns[CLIENTS_MAX];
static char *arena;

void client_setup(void)
{
	arena = malloc(ARENA_BYTES);
	ck_assert(store_init(&store, arena, ARENA_BYTES));
	home_init(&store);
}

void client_teardown(void)
{
	free(arena);
}

struct xs_conn *client_open(uint16_t domid)
{
	static const uint8_t handle[16] = "test";
	struct home home = {
		.domid = domid,
		.name = "test",
		.handle = handle,
		.memory_kib = 16384,
		.memory_max_kib = 32768,
		.nr_vcpus = 1,
		.store_port = 1,
		.console_port = 2,
	};

	xs_conn_init(&conns[domid], &store, domid);
	if (domid)
		home_make(&store, &home);
	return &conns[domid];
}

void client_close(uint16_t domid)
{
	xs_conn_end(&conns[domid]);
	if (domid)
		home_remove(&store, domid);
}

/* All that is on its way; one message, whose body goes to reply. */
static void receive(struct xs_conn *conn, struct xsd_sockmsg *head, char *reply)
{
	size_t got = 0, n;

	do {
		n = xs_conn_output(conn, (char *)head + got, sizeof(*head) - got);
		got += n;
	} while (n && got < sizeof(*head));
	ck_assert_uint_eq(got, sizeof(*head));
	ck_assert_uint_le(head->len, XENSTORE_PAYLOAD_MAX);
	for (got = 0; got < head->len; got += n) {
		n = xs_conn_output(conn, reply + got, head->len - got);
		ck_assert_uint_ne(n, 0);
	}
	reply[head->len] = '\0';
}

uint32_t ask(struct xs_conn *conn, uint32_t type, uint32_t tx, const void *body, size_t len,
	     char *reply, size_t *reply_len)
{
	static char wire[16 + 4096];
	struct xsd_sockmsg head = {.type = type, .req_id = 77, .tx_id = tx, .len = len};

	memcpy(wire, &head, sizeof(head));
	memcpy(wire + sizeof(head), body, len);
	ck_assert_uint_eq(xs_conn_input(conn, wire, sizeof(head) + len), sizeof(head) + len);
	receive(conn, &head, reply);
	ck_assert_uint_eq(head.req_id, 77);
	ck_assert_uint_eq(head.tx_id, tx);
	*reply_len = head.len;
	return head.type;
}

void expect_tx(struct xs_conn *conn, uint32_t tx, uint32_t type, const void *body, size_t len,
	       const char *want, size_t want_len)
{
	static char reply[4097];
	size_t got;

	if (ask(conn, type, tx, body, len, reply, &got) != type)
		ck_abort_msg("request %u of %s: %s", type, (const char *)body, reply);
	ck_assert_uint_eq(got, want_len);
	ck_assert_mem_eq(reply, want, want_len);
}

void expect_tx_error(struct xs_conn *conn, uint32_t tx, uint32_t type, const void *body, size_t len,
		     const char *name)
{
	static char reply[4097];
	size_t got;

	if (ask(conn, type, tx, body, len, reply, &got) != XS_ERROR)
		ck_abort_msg("request %u of %s: %s", type, (const char *)body, reply);
	ck_assert_str_eq(reply, name);
	ck_assert_uint_eq(got, strlen(name) + 1);
}

void expect(struct xs_conn *conn, uint32_t type, const void *body, size_t len, const char *want,
	    size_t want_len)
{
	expect_tx(conn, 0, type, body, len, want, want_len);
}

void expect_error(struct xs_conn *conn, uint32_t type, const void *body, size_t len,
		  const char *name)
{
	expect_tx_error(conn, 0, type, body, len, name);
}

uint32_t begin_tx(struct xs_conn *conn)
{
	static char reply[4097];
	size_t len;

	ck_assert_uint_eq(ask(conn, XS_TRANSACTION_START, 0, "", 1, reply, &len),
			  XS_TRANSACTION_START);
	ck_assert_uint_eq(len, strlen(reply) + 1);
	return strtoul(reply, NULL, 10);
}

void expect_event(struct xs_conn *conn, const char *path, const char *token)
{
	static char body[4097];
	struct xsd_sockmsg head;

	receive(conn, &head, body);
	ck_assert_uint_eq(head.type, XS_WATCH_EVENT);
	ck_assert_uint_eq(head.req_id, 0);
	ck_assert_uint_eq(head.tx_id, 0);
	ck_assert_str_eq(body, path);
	ck_assert_str_eq(body + strlen(body) + 1, token);
	ck_assert_uint_eq(head.len, strlen(path) + strlen(token) + 2);
}

void expect_no_event(struct xs_conn *conn)
{
	char byte;

	ck_assert_uint_eq(xs_conn_output(conn, &byte, 1), 0);
}
