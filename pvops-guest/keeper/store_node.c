// SPDX-License-Identifier: MIT
/*
 * Nodes of the xenstore tree, the table that finds them by path, and the
 * accounts of their owners. Called by the store's other files.
 *
 * INV-1  A node in the tree whose owner isn't domain 0 is charged to its
 *	  owner's account, with what it costs now; accounts hold nothing else.
 * INV-2  A node's name is among its parent's children, and no other name is.
 */

#include "pvops-guest/keeper/store_node.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

#define CHILDREN_ROOM 32 /* bytes allocated for the first names */

uint32_t path_hash(const char *path, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 16777619u;
	return hash;
}

struct store_node *node_new(struct store *store, const char *path, size_t len)
{
	struct store_node *n = heap_alloc(&store->heap, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	*n = (struct store_node){.path_len = len, .hash = path_hash(path, len)};
	memcpy(n->path, path, len);
	n->path[len] = '\0';
	n->generation = n->children_generation = ++store->generation;
	return n;
}

void node_free(struct store *store, struct store_node *n)
{
	if (!n)
		return;
	heap_free(&store->heap, n->value);
	heap_free(&store->heap, n->children);
	heap_free(&store->heap, n->perms);
	heap_free(&store->heap, n);
}

static void *copy_of(struct store *store, const void *from, size_t len, bool *ok)
{
	void *to = len ? heap_alloc(&store->heap, len) : NULL;

	if (to)
		memcpy(to, from, len);
	*ok = to || !len;
	return to;
}

struct store_node *node_copy(struct store *store, const struct store_node *from)
{
	struct store_node *n = node_new(store, from->path, from->path_len);
	bool ok[3];

	if (!n)
		return NULL;
	n->value = copy_of(store, from->value, from->value_len, &ok[0]);
	n->children = copy_of(store, from->children, from->children_len, &ok[1]);
	n->perms = copy_of(store, from->perms, from->nr_perms * sizeof(*n->perms), &ok[2]);
	if (!ok[0] || !ok[1] || !ok[2]) {
		node_free(store, n);
		return NULL;
	}
	n->value_len = from->value_len;
	n->children_len = n->children_room = from->children_len;
	n->nr_perms = from->nr_perms;
	n->generation = from->generation;
	n->children_generation = from->children_generation;
	return n;
}

uint32_t node_bytes(const struct store_node *n)
{
	/* Twice the name: it is in the parent's list too. */
	return sizeof(*n) + n->path_len + 1 + strlen(path_name(n->path)) + 1 + n->value_len +
	       n->nr_perms * sizeof(*n->perms);
}

bool node_set_value(struct store *store, struct store_node *n, const struct store_bytes *value)
{
	bool ok;
	char *copy = copy_of(store, value->data, value->len, &ok);

	if (!ok)
		return false;
	heap_free(&store->heap, n->value);
	n->value = copy;
	n->value_len = value->len;
	return true;
}

bool node_set_perms(struct store *store, struct store_node *n, const struct store_perm *perms,
		    unsigned int nr)
{
	bool ok;
	struct store_perm *copy = copy_of(store, perms, nr * sizeof(*perms), &ok);

	if (!ok)
		return false;
	heap_free(&store->heap, n->perms);
	n->perms = copy;
	n->nr_perms = nr;
	return true;
}

bool node_add_child(struct store *store, struct store_node *n, const char *name, size_t len)
{
	uint32_t need = n->children_len + len + 1, room = n->children_room;
	char *more;

	if (need > room) {
		room = need + need / 2 + CHILDREN_ROOM;
		more = heap_alloc(&store->heap, room);
		if (!more)
			return false;
		if (n->children_len)
			memcpy(more, n->children, n->children_len);
		heap_free(&store->heap, n->children);
		n->children = more;
		n->children_room = room;
	}
	memcpy(n->children + n->children_len, name, len);
	n->children[need - 1] = '\0';
	n->children_len = need;
	return true;
}

void node_remove_child(struct store_node *n, const char *name)
{
	uint32_t at = 0, len = strlen(name) + 1;

	while (at < n->children_len && strcmp(n->children + at, name))
		at += strlen(n->children + at) + 1;
	if (at == n->children_len)
		return;
	memmove(n->children + at, n->children + at + len, n->children_len - at - len);
	n->children_len -= len;
}

unsigned int node_access(const struct store_node *n, uint16_t domid)
{
	if (domid == 0 || domid == n->perms[0].domid)
		return STORE_READ | STORE_WRITE | STORE_OWNER;
	for (unsigned int i = 1; i < n->nr_perms; i++)
		if (n->perms[i].domid == domid)
			return n->perms[i].access;
	return n->perms[0].access;
}

/* The table. */

static struct store_node **bucket_of(const struct store *store, uint32_t hash)
{
	struct store_node *const *bucket = &store->buckets[(hash ^ hash >> 16) % STORE_BUCKETS];

	return (struct store_node **)(unsigned long)bucket;
}

struct store_node *tree_find(const struct store *store, const char *path, size_t len)
{
	uint32_t hash = path_hash(path, len);
	struct store_node *n = *bucket_of(store, hash);

	while (n && (n->hash != hash || n->path_len != len || memcmp(n->path, path, len)))
		n = n->next;
	return n;
}

void tree_insert(struct store *store, struct store_node *n)
{
	struct store_node **bucket = bucket_of(store, n->hash);

	n->next = *bucket;
	*bucket = n;
}

void tree_unlink(struct store *store, struct store_node *n)
{
	struct store_node **link = bucket_of(store, n->hash);

	while (*link != n)
		link = &(*link)->next;
	*link = n->next;
}

/* Accounts. */

static struct store_account *account_find(const struct store *store, uint16_t domid)
{
	for (unsigned int i = 0; i < STORE_ACCOUNTS; i++)
		if (store->accounts[i].nodes && store->accounts[i].domid == domid)
			return (struct store_account *)(unsigned long)&store->accounts[i];
	return NULL;
}

const struct store_account *store_account_of(const struct store *store, uint16_t domid)
{
	return account_find(store, domid);
}

static struct store_account *account_open(const struct store *store, uint16_t domid)
{
	struct store_account *a = account_find(store, domid);

	for (unsigned int i = 0; !a && i < STORE_ACCOUNTS; i++)
		if (!store->accounts[i].nodes)
			a = (struct store_account *)(unsigned long)&store->accounts[i];
	return a;
}

void account_charge(struct store *store, struct store_node *n)
{
	struct store_account *a = NULL;

	if (n->perms[0].domid)
		a = account_open(store, n->perms[0].domid);
	n->charged = a != NULL;
	if (!a)
		return;
	if (!a->nodes)
		*a = (struct store_account){.domid = n->perms[0].domid};
	a->nodes++;
	a->bytes += node_bytes(n);
}

void account_uncharge(struct store *store, struct store_node *n)
{
	struct store_account *a = n->charged ? account_find(store, n->perms[0].domid) : NULL;

	n->charged = false;
	if (!a)
		return;
	a->nodes--;
	a->bytes -= node_bytes(n);
}

int account_check(const struct store *store, uint16_t domid, int nodes, int bytes)
{
	const struct store_account *a;

	if (domid == 0)
		return 0;
	a = account_open(store, domid);
	if (!a)
		return -XEN_ENOSPC;
	if (a->nodes && a->domid == domid) {
		nodes += a->nodes;
		bytes += a->bytes;
	}
	return nodes > STORE_QUOTA_NODES || bytes > STORE_QUOTA_BYTES ? -XEN_ENOSPC : 0;
}
