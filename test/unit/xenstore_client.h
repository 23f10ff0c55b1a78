/* SPDX-License-Identifier: MIT */
/*
 * xenstore as its clients see it, for the tests of keeper's server: a store,
 * connections of several domains, requests and events over the wire format.
 */
#ifndef TEST_UNIT_XENSTORE_CLIENT_H
#define TEST_UNIT_XENSTORE_CLIENT_H

#include <stdint.h>
#include "harness.h"
#include "pvops-guest/keeper/home.h"
#include "pvops-guest/keeper/store.h"
#include "pvops-guest/keeper/xs_wire.h"

/* String literals with their NUL. */
#define LIT(s)	    (s), sizeof(s)
#define CLIENTS_MAX 16

extern struct store store;
/* Connections by domain number; client_open() makes them. */
extern struct xs_conn conns[CLIENTS_MAX];

/* The empty store with domain 0's keys. */
void client_setup(void);
void client_teardown(void);

/* A domain with its usual keys and a connection; domid < CLIENTS_MAX. */
struct xs_conn *client_open(uint16_t domid);
/* And its end, as keeper does it. */
void client_close(uint16_t domid);

/*
 * One request and its reply at once; *reply (4097 bytes) gets the body with a
 * NUL added. Returns the reply's type. No event may wait.
 */
uint32_t ask(struct xs_conn *conn, uint32_t type, uint32_t tx, const void *body, size_t len,
	     char *reply, size_t *reply_len);

/* The request is answered with its own type and this body. */
void expect(struct xs_conn *conn, uint32_t type, const void *body, size_t len, const char *want,
	    size_t want_len);
void expect_tx(struct xs_conn *conn, uint32_t tx, uint32_t type, const void *body, size_t len,
	       const char *want, size_t want_len);
/* The request is answered with this error. */
void expect_error(struct xs_conn *conn, uint32_t type, const void *body, size_t len,
		  const char *name);
void expect_tx_error(struct xs_conn *conn, uint32_t tx, uint32_t type, const void *body, size_t len,
		     const char *name);

/* Begin a transaction: its id. End one: does it say this (XS_TRANSACTION_END: "OK")? */
uint32_t begin_tx(struct xs_conn *conn);

/* The next event is this, path and token. */
void expect_event(struct xs_conn *conn, const char *path, const char *token);
/* None waits. */
void expect_no_event(struct xs_conn *conn);

#endif
