// SPDX-License-Identifier: MIT
/*
 * The xenstore protocol's transport: collects a request, has it carried out,
 * sends the reply, and events between replies. Called by keeper's ring code.
 */

#include "pvops-guest/keeper/xs_wire.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

static const char *error_name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{XEN_EINVAL, "EINVAL"}, {XEN_EACCES, "EACCES"}, {XEN_EEXIST, "EEXIST"},
		{XEN_ENOENT, "ENOENT"}, {XEN_ENOMEM, "ENOMEM"}, {XEN_ENOSPC, "ENOSPC"},
		{XEN_ENOSYS, "ENOSYS"}, {XEN_EBUSY, "EBUSY"},	{XEN_EAGAIN, "EAGAIN"},
		{XEN_E2BIG, "E2BIG"},	{XEN_EPERM, "EPERM"},
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return "EINVAL";
}

static void send(struct xs_conn *conn, size_t body_len)
{
	conn->reply_header.len = body_len;
	conn->reply_len = sizeof(conn->reply_header) + body_len;
	conn->reply_sent = 0;
}

static void answer(struct xs_conn *conn)
{
	const char *name;
	int ret;

	/* Strings end at the latest here, whatever the guest sent. */
	conn->body[conn->request.len] = '\0';
	ret = xs_carry_out(conn);
	conn->reply_header = conn->request;
	if (ret < 0) {
		conn->reply_header.type = XS_ERROR;
		name = error_name(-ret);
		ret = strlen(name) + 1;
		memcpy(conn->reply, name, ret);
	}
	send(conn, ret);
	conn->request_got = 0;
}

/* With nothing else on its way, the next event is. */
static void begin_event(struct xs_conn *conn)
{
	size_t len;

	if (conn->reply_len || conn->broken)
		return;
	len = watch_take(&conn->watches, conn->reply);
	conn->reply_header = (struct xsd_sockmsg){.type = XS_WATCH_EVENT};
	if (len)
		send(conn, len);
}

void xs_conn_init(struct xs_conn *conn, struct store *store, uint16_t domid)
{
	memset(conn, 0, sizeof(*conn));
	conn->store = store;
	conn->domid = domid;
	watch_client_init(&conn->watches, store, domid);
}

void xs_conn_end(struct xs_conn *conn)
{
	for (unsigned int i = 0; i < XS_TRANSACTIONS_MAX; i++) {
		if (conn->transactions[i].tx)
			store_tx_abort(conn->transactions[i].tx);
		conn->transactions[i].tx = NULL;
	}
	watch_client_end(&conn->watches);
}

static size_t copy_up_to(void *to, size_t have, size_t want, const char *data, size_t len)
{
	size_t n = want - have < len ? want - have : len;

	memcpy((char *)to + have, data, n);
	return n;
}

size_t xs_conn_input(struct xs_conn *conn, const char *data, size_t len_bytes)
{
	const size_t head = sizeof(conn->request);
	size_t taken = 0;

	/* Also events go first: else who doesn't read could cause ever more. */
	while (!conn->broken && !conn->reply_len && !watch_pending(&conn->watches)) {
		size_t got = conn->request_got, n;

		if (got < head)
			n = copy_up_to(&conn->request, got, head, data + taken, len_bytes - taken);
		else
			n = copy_up_to(conn->body, got - head, conn->request.len, data + taken,
				       len_bytes - taken);
		conn->request_got += n;
		taken += n;
		if (conn->request_got < head)
			break;
		/* A longer body would run over conn->body. */
		if (conn->request.len > XENSTORE_PAYLOAD_MAX)
			conn->broken = true;
		else if (conn->request_got == head + conn->request.len)
			answer(conn);
		else if (taken == len_bytes)
			break;
	}
	return taken;
}

size_t xs_conn_output(struct xs_conn *conn, char *buf, size_t size)
{
	const size_t head = sizeof(conn->reply_header);
	size_t done = 0;

	begin_event(conn);
	while (done < size && conn->reply_len) {
		size_t sent = conn->reply_sent, n;
		const char *from = (const char *)&conn->reply_header + sent;

		n = head - sent;
		if (sent >= head) {
			from = conn->reply + (sent - head);
			n = conn->reply_len - sent;
		}
		if (n > size - done)
			n = size - done;
		memcpy(buf + done, from, n);
		done += n;
		conn->reply_sent += n;
		if (conn->reply_sent == conn->reply_len) {
			conn->reply_len = 0;
			begin_event(conn);
		}
	}
	return done;
}
