/* SPDX-License-Identifier: MIT */
/*
 * The xenstore protocol of one connection: bytes in, bytes out.
 * Portable: the ring is somebody else's, also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_XS_WIRE_H
#define PVOPS_GUEST_KEEPER_XS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>
#include "pvops-guest/keeper/store.h"
#include "pvops-guest/keeper/watch.h"

#define XS_TRANSACTIONS_MAX 10 /* open at once, per connection */

/* An open transaction and the number its domain knows it by. */
struct xs_transaction {
	struct store_tx *tx; /* NULL: free */
	uint32_t id;
};

struct xs_conn {
	struct store *store;
	struct watch_client watches;
	uint16_t domid;
	bool broken; /* protocol violated: nothing is read or answered any more */
	struct xsd_sockmsg request;
	size_t request_got; /* bytes of header and body */
	struct xsd_sockmsg reply_header; /* of the reply, or event, on its way */
	size_t reply_sent; /* bytes of header and body */
	size_t reply_len; /* likewise; 0: no reply waits */
	struct xs_transaction transactions[XS_TRANSACTIONS_MAX];
	uint32_t last_transaction;
	char body[XENSTORE_PAYLOAD_MAX + 1]; /* the request's; a NUL is added */
	char reply[XENSTORE_PAYLOAD_MAX];
	char path[STORE_PATH_MAX + 1];
};

/* xs_conn_init - a fresh connection of domain domid. */
void xs_conn_init(struct xs_conn *conn, struct store *store, uint16_t domid);

/* xs_conn_end - forget its transactions and watches; only init may follow. */
void xs_conn_end(struct xs_conn *conn);

/*
 * xs_conn_input - take received bytes; a complete request is carried out.
 * Returns how many were taken: none while a reply or event waits to be sent or
 * when the connection is broken (a length over XENSTORE_PAYLOAD_MAX breaks it).
 */
size_t xs_conn_input(struct xs_conn *conn, const char *data, size_t len_bytes);

/* xs_conn_output - next bytes to send, up to size, into buf. Their number. */
size_t xs_conn_output(struct xs_conn *conn, char *buf, size_t size);

/*
 * xs_carry_out - the complete request in conn; its reply goes to conn->reply.
 * (xs_requests.c, for xs_wire.c.) Returns the reply's length or -errno.
 */
int xs_carry_out(struct xs_conn *conn);

#endif
