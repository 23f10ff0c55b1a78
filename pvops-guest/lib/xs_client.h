/* SPDX-License-Identifier: MIT */
/*
 * A small xenstore client over the domain's store ring, for tests.
 */
#ifndef PVOPS_GUEST_LIB_XS_CLIENT_H
#define PVOPS_GUEST_LIB_XS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

/*
 * xs_open - map the store ring of start_info. 0, or the hypervisor's -errno.
 * The ring is polled with yields; no upcalls are needed.
 */
int xs_open(void);

/* xs_ring - the ring page, for tests that misbehave; valid after xs_open(). */
struct xenstore_domain_interface *xs_ring(void);

/* xs_notify - tell the server that the ring changed. */
void xs_notify(void);

/*
 * xs_request - send one request, wait for its reply.
 * @type: XS_*; @tx: transaction or 0
 * @body, @len_bytes: the request's payload
 * @reply: room for 4097 bytes; gets the payload and a NUL. @reply_len its length
 * Returns the reply's type (XS_ERROR: reply is the error's name), or -1 if none
 * came in time or it was malformed.
 */
int xs_request(uint32_t type, uint32_t tx, const void *body, size_t len_bytes, char *reply,
	       size_t *reply_len);

/*
 * xs_receive_reply - the reply to a request that was put into the ring by hand;
 * arguments and result as of xs_request.
 */
int xs_receive_reply(char *reply, size_t *reply_len);

/* An event: what changed, as seen from the watch, and the watch's token. */
struct xs_event {
	char path[120];
	char token[40];
};

/*
 * xs_next_event - the oldest event, waiting up to patience_ns for one. False if
 * none came. Events that come while a reply is awaited are kept, 32 of them;
 * longer texts than fit are cut.
 */
bool xs_next_event(struct xs_event *event, uint64_t patience_ns);

#endif
