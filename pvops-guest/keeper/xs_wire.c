// SPDX-License-Identifier: MIT
/*
 * The xenstore protocol: collects a request, carries it out on the tree,
 * prepares the reply. Called by keeper's ring code.
 *
 * Watches and permissions other than the tree's fixed ones are not served:
 * such requests are answered ENOSYS. A transaction takes effect at once, and
 * one that is given up is not undone; guests use them to read consistently.
 */

#include "pvops-guest/keeper/xs_wire.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

/* A handler fills conn->reply and returns its length, or -errno. */
typedef int (*xs_handler_t)(struct xs_conn *conn);

static int reply_text(struct xs_conn *conn, const char *text)
{
	size_t len = strlen(text) + 1;

	memcpy(conn->reply, text, len);
	return len;
}

static int reply_ok(struct xs_conn *conn)
{
	return reply_text(conn, "OK");
}

/* Is the body one NUL-terminated string and nothing else? */
static bool body_is_string(const struct xs_conn *conn)
{
	size_t len = conn->request.len;

	return len > 0 && strnlen(conn->body, len) == len - 1;
}

static int get_path(struct xs_conn *conn)
{
	if (!body_is_string(conn))
		return -XEN_EINVAL;
	return store_canonical_path(conn->domid, conn->body, conn->path);
}

static int do_directory(struct xs_conn *conn)
{
	size_t len;
	int ret = get_path(conn);

	if (!ret)
		ret = store_directory(conn->store, conn->domid, conn->path, conn->reply,
				      sizeof(conn->reply), &len);
	return ret ? ret : (int)len;
}

static int do_read(struct xs_conn *conn)
{
	const char *value;
	size_t len;
	int ret = get_path(conn);

	if (!ret)
		ret = store_read(conn->store, conn->domid, conn->path, &value, &len);
	if (ret)
		return ret;
	memcpy(conn->reply, value, len);
	return len;
}

static int do_write(struct xs_conn *conn)
{
	size_t path_len = strnlen(conn->body, conn->request.len);
	int ret;

	if (path_len == conn->request.len)
		return -XEN_EINVAL;
	ret = store_canonical_path(conn->domid, conn->body, conn->path);
	if (!ret)
		ret = store_write(conn->store, conn->domid, conn->path, conn->body + path_len + 1,
				  conn->request.len - path_len - 1);
	return ret ? ret : reply_ok(conn);
}

static int do_mkdir(struct xs_conn *conn)
{
	int ret = get_path(conn);

	if (!ret)
		ret = store_mkdir(conn->store, conn->domid, conn->path);
	return ret ? ret : reply_ok(conn);
}

static int do_rm(struct xs_conn *conn)
{
	int ret = get_path(conn);

	if (!ret)
		ret = store_remove(conn->store, conn->domid, conn->path);
	return ret ? ret : reply_ok(conn);
}

static size_t put_decimal(char *out, uint32_t value)
{
	char digits[10];
	size_t n = 0, len = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		out[len++] = digits[--n];
	out[len++] = '\0';
	return len;
}

/* A decimal number up to max, the whole string; -EINVAL otherwise. */
static int parse_decimal(const char *text, uint32_t max, uint32_t *value)
{
	uint32_t v = 0;

	if (!*text)
		return -XEN_EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || v > max / 10)
			return -XEN_EINVAL;
		v = v * 10 + (*text - '0');
	}
	*value = v;
	return v <= max ? 0 : -XEN_EINVAL;
}

static int do_get_perms(struct xs_conn *conn)
{
	uint16_t owner;
	int ret = get_path(conn);

	if (!ret)
		ret = store_owner(conn->store, conn->domid, conn->path, &owner);
	if (ret)
		return ret;
	/* Owner, and nobody else but the domain that asks (it could read it). */
	conn->reply[0] = 'n';
	ret = 1 + put_decimal(conn->reply + 1, owner);
	if (owner != conn->domid) {
		conn->reply[ret++] = 'r';
		ret += put_decimal(conn->reply + ret, conn->domid);
	}
	return ret;
}

static int do_get_domain_path(struct xs_conn *conn)
{
	uint32_t domid;

	if (!body_is_string(conn) || parse_decimal(conn->body, 0xffff, &domid))
		return -XEN_EINVAL;
	store_domain_path(domid, conn->reply);
	return strlen(conn->reply) + 1;
}

static uint32_t *find_transaction(struct xs_conn *conn, uint32_t id)
{
	for (unsigned int i = 0; i < XS_TRANSACTIONS_MAX; i++)
		if (conn->transactions[i] == id)
			return &conn->transactions[i];
	return NULL;
}

static int do_transaction_start(struct xs_conn *conn)
{
	uint32_t *slot = find_transaction(conn, 0);

	if (conn->request.tx_id)
		return -XEN_EBUSY;
	if (!slot)
		return -XEN_ENOSPC;
	/* Ids are small, so that guests that parse them into an int are fine. */
	do
		conn->last_transaction = (conn->last_transaction + 1) & 0x7fffffff;
	while (!conn->last_transaction || find_transaction(conn, conn->last_transaction));
	*slot = conn->last_transaction;
	return put_decimal(conn->reply, *slot);
}

static int do_transaction_end(struct xs_conn *conn)
{
	uint32_t *slot;

	if (!body_is_string(conn) || (strcmp(conn->body, "T") && strcmp(conn->body, "F")))
		return -XEN_EINVAL;
	slot = conn->request.tx_id ? find_transaction(conn, conn->request.tx_id) : NULL;
	if (!slot)
		return -XEN_ENOENT;
	*slot = 0;
	return reply_ok(conn);
}

static const xs_handler_t handlers[XS_TYPE_COUNT] = {
	[XS_DIRECTORY] = do_directory,
	[XS_READ] = do_read,
	[XS_GET_PERMS] = do_get_perms,
	[XS_TRANSACTION_START] = do_transaction_start,
	[XS_TRANSACTION_END] = do_transaction_end,
	[XS_GET_DOMAIN_PATH] = do_get_domain_path,
	[XS_WRITE] = do_write,
	[XS_MKDIR] = do_mkdir,
	[XS_RM] = do_rm,
};

static const char *error_name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{XEN_EINVAL, "EINVAL"}, {XEN_EACCES, "EACCES"}, {XEN_EEXIST, "EEXIST"},
		{XEN_ENOENT, "ENOENT"}, {XEN_ENOMEM, "ENOMEM"}, {XEN_ENOSPC, "ENOSPC"},
		{XEN_ENOSYS, "ENOSYS"}, {XEN_EBUSY, "EBUSY"},	{XEN_E2BIG, "E2BIG"},
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return "EINVAL";
}

static int carry_out(struct xs_conn *conn)
{
	uint32_t type = conn->request.type, tx = conn->request.tx_id;

	if (type >= XS_TYPE_COUNT || !handlers[type])
		return -XEN_ENOSYS;
	if (tx && !find_transaction(conn, tx))
		return -XEN_ENOENT;
	return handlers[type](conn);
}

static void answer(struct xs_conn *conn)
{
	int ret;

	/* Strings end at the latest here, whatever the guest sent. */
	conn->body[conn->request.len] = '\0';
	ret = carry_out(conn);
	conn->reply_header = conn->request;
	if (ret < 0) {
		conn->reply_header.type = XS_ERROR;
		ret = reply_text(conn, error_name(-ret));
	}
	conn->reply_header.len = ret;
	conn->reply_len = sizeof(conn->reply_header) + ret;
	conn->reply_sent = 0;
	conn->request_got = 0;
}

void xs_conn_init(struct xs_conn *conn, struct store *store, uint16_t domid)
{
	memset(conn, 0, sizeof(*conn));
	conn->store = store;
	conn->domid = domid;
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

	while (!conn->broken && !conn->reply_len) {
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

	while (done < size && conn->reply_sent < conn->reply_len) {
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
	}
	if (conn->reply_sent == conn->reply_len)
		conn->reply_len = 0;
	return done;
}
