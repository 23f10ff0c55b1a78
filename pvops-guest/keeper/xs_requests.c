// SPDX-License-Identifier: MIT
/*
 * xenstore's requests, from their bodies to the store and back to replies.
 * Called by xs_wire.c. ABI: <xen/io/xs_wire.h>.
 *
 * What keeper does by itself as it finds domains coming and going (INTRODUCE,
 * RELEASE, RESUME, SET_TARGET) is refused to guests, and not served to a
 * connection of domain 0 either.
 */

#include "pvops-guest/keeper/xs_wire.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

/* A handler fills conn->reply and returns its length, or -errno. */
typedef int (*xs_handler_t)(struct xs_conn *conn, const struct store_who *who);

static int reply_ok(struct xs_conn *conn)
{
	memcpy(conn->reply, "OK", 3);
	return 3;
}

static int ok_or(struct xs_conn *conn, int ret)
{
	return ret ? ret : reply_ok(conn);
}

/* Is the body one NUL-terminated string and nothing else? */
static bool body_is_string(const struct xs_conn *conn)
{
	size_t len = conn->request.len;

	return len > 0 && strnlen(conn->body, len) == len - 1;
}

/* Two strings and nothing else: the second one, else NULL. */
static const char *second_string(const struct xs_conn *conn)
{
	size_t len = conn->request.len, first = strnlen(conn->body, len) + 1;

	if (first >= len || strnlen(conn->body + first, len - first) != len - first - 1)
		return NULL;
	return conn->body + first;
}

/* The path at the start of the body. */
static int first_path(struct xs_conn *conn)
{
	if (strnlen(conn->body, conn->request.len) == conn->request.len)
		return -XEN_EINVAL;
	return store_canonical_path(conn->domid, conn->body, conn->path);
}

static int only_path(struct xs_conn *conn)
{
	return body_is_string(conn) ? first_path(conn) : -XEN_EINVAL;
}

static int do_directory(struct xs_conn *conn, const struct store_who *who)
{
	struct store_bytes names;
	uint64_t generation;
	int ret = only_path(conn);

	if (!ret)
		ret = store_directory(who, conn->path, &names, &generation);
	if (ret)
		return ret;
	if (names.len > sizeof(conn->reply))
		return -XEN_E2BIG;
	memcpy(conn->reply, names.data, names.len);
	return names.len;
}

/* As many whole names as there is room for. */
static size_t whole_names(const struct store_bytes *names, size_t from, size_t room)
{
	size_t len = 0, next;

	while (from + len < names->len) {
		next = strlen(names->data + from + len) + 1;
		if (len + next > room)
			break;
		len += next;
	}
	return len;
}

/* Generation, names from an offset on, and an empty name after the last. */
static int do_directory_part(struct xs_conn *conn, const struct store_who *who)
{
	const char *offset = second_string(conn);
	struct store_bytes names;
	size_t len, part = 0;
	uint64_t generation;
	uint32_t from;
	int ret;

	if (!offset || parse_decimal(offset, 0x7fffffff, &from))
		return -XEN_EINVAL;
	ret = first_path(conn);
	if (!ret)
		ret = store_directory(who, conn->path, &names, &generation);
	if (ret)
		return ret;
	/* Not into the middle of a name, or behind the list. */
	if (from > names.len || (from && names.data[from - 1]))
		return -XEN_EINVAL;
	len = put_decimal(conn->reply, generation) + 1;
	part = whole_names(&names, from, sizeof(conn->reply) - len - 1);
	memcpy(conn->reply + len, names.data + from, part);
	len += part;
	if (from + part == names.len)
		conn->reply[len++] = '\0';
	return len;
}

static int do_read(struct xs_conn *conn, const struct store_who *who)
{
	struct store_bytes value;
	int ret = only_path(conn);

	if (!ret)
		ret = store_read(who, conn->path, &value);
	if (ret)
		return ret;
	memcpy(conn->reply, value.data, value.len);
	return value.len;
}

static int do_write(struct xs_conn *conn, const struct store_who *who)
{
	size_t at = strnlen(conn->body, conn->request.len) + 1;
	struct store_bytes value = {conn->body + at, conn->request.len - at};
	int ret = first_path(conn);

	return ok_or(conn, ret ? ret : store_write(who, conn->path, &value));
}

static int do_mkdir(struct xs_conn *conn, const struct store_who *who)
{
	int ret = only_path(conn);

	return ok_or(conn, ret ? ret : store_mkdir(who, conn->path));
}

static int do_rm(struct xs_conn *conn, const struct store_who *who)
{
	int ret = only_path(conn);

	return ok_or(conn, ret ? ret : store_remove(who, conn->path));
}

/* Permissions as text: a letter and a domain each. */

static const char access_letters[] = "nrwb";

static int do_get_perms(struct xs_conn *conn, const struct store_who *who)
{
	const struct store_perm *perms;
	unsigned int nr;
	size_t len = 0;
	int ret = only_path(conn);

	if (!ret)
		ret = store_get_perms(who, conn->path, &perms, &nr);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < nr; i++) {
		conn->reply[len++] = access_letters[perms[i].access];
		len += put_decimal(conn->reply + len, perms[i].domid) + 1;
	}
	return len;
}

static int parse_perm(const char *text, struct store_perm *perm)
{
	const char *letter = *text ? strchr(access_letters, *text) : NULL;
	uint32_t domid;

	if (!letter || parse_decimal(text + 1, 0xffff, &domid))
		return -XEN_EINVAL;
	*perm = (struct store_perm){.domid = domid, .access = letter - access_letters};
	return 0;
}

static int do_set_perms(struct xs_conn *conn, const struct store_who *who)
{
	struct store_perm perms[STORE_PERMS_MAX];
	size_t at = strnlen(conn->body, conn->request.len) + 1, len;
	unsigned int nr = 0;
	int ret = first_path(conn);

	for (; !ret && at < conn->request.len; at += len) {
		len = strnlen(conn->body + at, conn->request.len - at) + 1;
		if (at + len > conn->request.len)
			return -XEN_EINVAL;
		if (nr == STORE_PERMS_MAX)
			return -XEN_ENOSPC;
		ret = parse_perm(conn->body + at, &perms[nr++]);
	}
	return ok_or(conn, ret ? ret : store_set_perms(who, conn->path, perms, nr));
}

static int do_watch(struct xs_conn *conn, const struct store_who *who)
{
	const char *token = second_string(conn);

	(void)who;
	return ok_or(conn, token ? watch_add(&conn->watches, conn->body, token) : -XEN_EINVAL);
}

static int do_unwatch(struct xs_conn *conn, const struct store_who *who)
{
	const char *token = second_string(conn);

	(void)who;
	return ok_or(conn, token ? watch_remove(&conn->watches, conn->body, token) : -XEN_EINVAL);
}

static struct xs_transaction *find_transaction(struct xs_conn *conn, uint32_t id)
{
	for (unsigned int i = 0; i < XS_TRANSACTIONS_MAX; i++)
		if (conn->transactions[i].tx && conn->transactions[i].id == id)
			return &conn->transactions[i];
	return NULL;
}

/* Watches and transactions go: what was before, say a boot loader, is over. */
static int do_reset_watches(struct xs_conn *conn, const struct store_who *who)
{
	(void)who;
	watch_reset(&conn->watches);
	for (unsigned int i = 0; i < XS_TRANSACTIONS_MAX; i++) {
		if (conn->transactions[i].tx)
			store_tx_abort(conn->transactions[i].tx);
		conn->transactions[i].tx = NULL;
	}
	return reply_ok(conn);
}

static int do_transaction_start(struct xs_conn *conn, const struct store_who *who)
{
	struct xs_transaction *slot = conn->transactions;
	int ret;

	if (who->tx)
		return -XEN_EBUSY;
	while (slot < conn->transactions + XS_TRANSACTIONS_MAX && slot->tx)
		slot++;
	if (slot == conn->transactions + XS_TRANSACTIONS_MAX)
		return -XEN_ENOSPC;
	/* Ids are small, so that guests that parse them into an int are fine. */
	do
		conn->last_transaction = (conn->last_transaction + 1) & 0x7fffffff;
	while (!conn->last_transaction || find_transaction(conn, conn->last_transaction));
	ret = store_tx_begin(conn->store, conn->domid, &slot->tx);
	if (ret)
		return ret;
	slot->id = conn->last_transaction;
	return put_decimal(conn->reply, slot->id) + 1;
}

static int do_transaction_end(struct xs_conn *conn, const struct store_who *who)
{
	bool commit = !strcmp(conn->body, "T");
	int ret = 0;

	if (!who->tx)
		return -XEN_ENOENT;
	if (!body_is_string(conn) || (!commit && strcmp(conn->body, "F")))
		return -XEN_EINVAL;
	find_transaction(conn, conn->request.tx_id)->tx = NULL;
	if (commit)
		ret = store_tx_commit(who->tx);
	else
		store_tx_abort(who->tx);
	return ok_or(conn, ret);
}

static int parse_domid(const struct xs_conn *conn, uint32_t *domid)
{
	return body_is_string(conn) ? parse_decimal(conn->body, 0xffff, domid) : -XEN_EINVAL;
}

static int do_get_domain_path(struct xs_conn *conn, const struct store_who *who)
{
	uint32_t domid;

	(void)who;
	if (parse_domid(conn, &domid))
		return -XEN_EINVAL;
	store_domain_path(domid, conn->reply);
	return strlen(conn->reply) + 1;
}

static int do_is_introduced(struct xs_conn *conn, const struct store_who *who)
{
	const struct watch_client *client = who->store->clients;
	uint32_t domid;

	if (parse_domid(conn, &domid))
		return -XEN_EINVAL;
	while (client && client->domid != domid)
		client = client->next;
	memcpy(conn->reply, client || domid == 0 ? "T" : "F", 2);
	return 2;
}

static int refuse(struct xs_conn *conn, const struct store_who *who)
{
	(void)conn;
	return who->domid ? -XEN_EACCES : -XEN_ENOSYS;
}

static const xs_handler_t handlers[XS_TYPE_COUNT] = {
	[XS_CONTROL] = refuse,
	[XS_DIRECTORY] = do_directory,
	[XS_READ] = do_read,
	[XS_GET_PERMS] = do_get_perms,
	[XS_WATCH] = do_watch,
	[XS_UNWATCH] = do_unwatch,
	[XS_TRANSACTION_START] = do_transaction_start,
	[XS_TRANSACTION_END] = do_transaction_end,
	[XS_INTRODUCE] = refuse,
	[XS_RELEASE] = refuse,
	[XS_GET_DOMAIN_PATH] = do_get_domain_path,
	[XS_WRITE] = do_write,
	[XS_MKDIR] = do_mkdir,
	[XS_RM] = do_rm,
	[XS_SET_PERMS] = do_set_perms,
	[XS_IS_DOMAIN_INTRODUCED] = do_is_introduced,
	[XS_RESUME] = refuse,
	[XS_SET_TARGET] = refuse,
	[XS_RESET_WATCHES] = do_reset_watches,
	[XS_DIRECTORY_PART] = do_directory_part,
};

int xs_carry_out(struct xs_conn *conn)
{
	struct store_who who = {.store = conn->store, .domid = conn->domid};
	uint32_t type = conn->request.type, id = conn->request.tx_id;
	const struct xs_transaction *t = id ? find_transaction(conn, id) : NULL;

	if (type >= XS_TYPE_COUNT || !handlers[type])
		return -XEN_ENOSYS;
	if (id && !t)
		return -XEN_ENOENT;
	who.tx = t ? t->tx : NULL;
	return handlers[type](conn, &who);
}
