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

#define XS_TRANSACTIONS_MAX 8 /* open at once, per connection */

struct xs_conn {
	struct store *store;
	uint16_t domid;
	bool broken; /* protocol violated: nothing is read or answered any more */
	struct xsd_sockmsg request;
	size_t request_got; /* bytes of header and body */
	struct xsd_sockmsg reply_header;
	size_t reply_sent; /* bytes of header and body */
	size_t reply_len; /* likewise; 0: no reply waits */
	uint32_t transactions[XS_TRANSACTIONS_MAX]; /* ids, 0: free */
	uint32_t last_transaction;
	char body[XENSTORE_PAYLOAD_MAX + 1]; /* the request's; a NUL is added */
	char reply[XENSTORE_PAYLOAD_MAX];
	char path[STORE_PATH_MAX + 1];
};

/* xs_conn_init - a fresh connection of domain domid. */
void xs_conn_init(struct xs_conn *conn, struct store *store, uint16_t domid);

/*
 * xs_conn_input - take received bytes; a complete request is carried out.
 * Returns how many were taken: none while a reply waits to be sent or when the
 * connection is broken (a length over XENSTORE_PAYLOAD_MAX breaks it).
 */
size_t xs_conn_input(struct xs_conn *conn, const char *data, size_t len_bytes);

/* xs_conn_output - next bytes to send, up to size, into buf. Their number. */
size_t xs_conn_output(struct xs_conn *conn, char *buf, size_t size);

#endif
