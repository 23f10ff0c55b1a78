// SPDX-License-Identifier: MIT
/*
 * Transactions: what one has looked at, its own copies of what it changed, and
 * the commit. Called by store_view.c and, for begin and end, by xs_requests.c.
 *
 * INV-1  Nothing of a transaction is in the tree before its commit, all after.
 * INV-2  A commit succeeds only if everything that the transaction's answers
 *	  depended on is still so: it is as if all of it happened at the commit.
 * INV-3  All its memory counts against its domain, and none of it holds on to
 *	  anything of the tree: an open transaction costs only its own domain.
 */

#include "pvops-guest/keeper/store_node.h"
#include "pvops-guest/keeper/watch.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

struct tx_entry *tx_find(const struct store_tx *tx, const char *path, size_t len)
{
	uint32_t hash = path_hash(path, len);
	struct tx_entry *e = tx->entries;

	while (e && (e->hash != hash || e->path_len != len || memcmp(e->path, path, len)))
		e = e->next;
	return e;
}

int tx_fail(struct store_tx *tx, int error)
{
	if (!tx->error)
		tx->error = error;
	return error;
}

int tx_spend(struct store_tx *tx, uint32_t bytes)
{
	uint32_t total = bytes;

	if (!tx->domid)
		return 0;
	for (const struct store_tx *t = tx->store->transactions; t; t = t->next)
		if (t->domid == tx->domid)
			total += t->bytes;
	if (total > STORE_QUOTA_TX_BYTES)
		return tx_fail(tx, -XEN_ENOSPC);
	tx->bytes += bytes;
	return 0;
}

static bool is_stale(const struct store *store, const struct tx_entry *e)
{
	const struct store_node *n = tree_find(store, e->path, e->path_len);

	if (e->reads & PART_SELF && (n ? n->generation : 0) != e->generation)
		return true;
	return e->reads & PART_CHILDREN &&
	       (n ? n->children_generation : 0) != e->children_generation;
}

int tx_note(struct store_tx *tx, const char *path, size_t len, unsigned int reads,
	    struct tx_entry **entry)
{
	struct tx_entry *e = tx_find(tx, path, len), **end = &tx->entries;
	const struct store_node *n;
	int ret;

	*entry = e;
	if (e) {
		e->reads |= reads;
		/* Come and gone again, it would look unchanged at the end. */
		if (is_stale(tx->store, e))
			tx_fail(tx, -XEN_EAGAIN);
		return 0;
	}
	ret = tx_spend(tx, sizeof(*e) + len + 1);
	if (ret)
		return ret;
	e = heap_alloc(&tx->store->heap, sizeof(*e) + len + 1);
	if (!e)
		return tx_fail(tx, -XEN_ENOMEM);
	*e = (struct tx_entry){.hash = path_hash(path, len), .path_len = len, .reads = reads};
	memcpy(e->path, path, len);
	e->path[len] = '\0';
	n = tree_find(tx->store, path, len);
	if (n) {
		e->generation = n->generation;
		e->children_generation = n->children_generation;
	}
	while (*end)
		end = &(*end)->next;
	*end = e;
	*entry = e;
	return 0;
}

static void count(const struct store_node *n, uint16_t domid, int sign, int *nodes_bytes)
{
	if (!n || n->perms[0].domid != domid)
		return;
	nodes_bytes[0] += sign;
	nodes_bytes[1] += sign * (int)node_bytes(n);
}

void tx_usage(const struct store_tx *tx, int *nodes, int *bytes)
{
	int sum[2] = {0, 0};

	for (const struct tx_entry *e = tx->entries; e; e = e->next) {
		if (!e->writes)
			continue;
		count(tree_find(tx->store, e->path, e->path_len), tx->domid, -1, sum);
		count(e->node, tx->domid, 1, sum);
	}
	*nodes = sum[0];
	*bytes = sum[1];
}

int store_tx_begin(struct store *store, uint16_t domid, struct store_tx **out)
{
	struct store_tx *tx = heap_alloc(&store->heap, sizeof(*tx));
	int ret;

	if (!tx)
		return -XEN_ENOMEM;
	*tx = (struct store_tx){.store = store, .domid = domid};
	ret = tx_spend(tx, sizeof(*tx));
	if (ret) {
		heap_free(&store->heap, tx);
		return ret;
	}
	tx->next = store->transactions;
	store->transactions = tx;
	*out = tx;
	return 0;
}

static int check(const struct store_tx *tx)
{
	int nodes, bytes;

	if (tx->error)
		return tx->error;
	for (const struct tx_entry *e = tx->entries; e; e = e->next)
		if (is_stale(tx->store, e))
			return -XEN_EAGAIN;
	tx_usage(tx, &nodes, &bytes);
	return nodes > 0 || bytes > 0 ? account_check(tx->store, tx->domid, nodes, bytes) : 0;
}

static void swap_self(struct store_node *a, struct store_node *b)
{
	struct store_node t = *a;

	a->value = b->value;
	a->value_len = b->value_len;
	a->perms = b->perms;
	a->nr_perms = b->nr_perms;
	b->value = t.value;
	b->value_len = t.value_len;
	b->perms = t.perms;
	b->nr_perms = t.nr_perms;
}

static void swap_children(struct store_node *a, struct store_node *b)
{
	struct store_node t = *a;

	a->children = b->children;
	a->children_len = b->children_len;
	a->children_room = b->children_room;
	b->children = t.children;
	b->children_len = t.children_len;
	b->children_room = t.children_room;
}

/* Can't fail: pointers change hands. */
static void apply(struct store *store, struct tx_entry *e)
{
	struct store_node *n = tree_find(store, e->path, e->path_len);

	store->generation++;
	if (n)
		account_uncharge(store, n);
	if (n && !e->node) {
		tree_unlink(store, n);
		node_free(store, n);
		return;
	}
	if (!n && e->node) {
		n = e->node;
		e->node = NULL;
		tree_insert(store, n);
	} else if (n) {
		/* What it didn't change may have been changed by others. */
		if (e->writes & PART_SELF)
			swap_self(n, e->node);
		if (e->writes & PART_CHILDREN)
			swap_children(n, e->node);
	}
	if (!n)
		return;
	if (e->writes & PART_SELF)
		n->generation = store->generation;
	if (e->writes & PART_CHILDREN)
		n->children_generation = store->generation;
	account_charge(store, n);
}

static void fire_all(const struct store_tx *tx)
{
	for (const struct tx_entry *e = tx->entries; e; e = e->next)
		if (e->fire != FIRE_NONE)
			watch_fire(tx->store, e->path, e->fire == FIRE_EXACT);
}

int store_tx_commit(struct store_tx *tx)
{
	int ret = check(tx);

	if (!ret) {
		/* Twice, for those that may see it only before or after. */
		fire_all(tx);
		for (struct tx_entry *e = tx->entries; e; e = e->next)
			if (e->writes)
				apply(tx->store, e);
		fire_all(tx);
	}
	store_tx_abort(tx);
	return ret;
}

void store_tx_abort(struct store_tx *tx)
{
	struct store_tx **link = &tx->store->transactions;
	struct tx_entry *e, *next;

	while (*link != tx)
		link = &(*link)->next;
	*link = tx->next;
	for (e = tx->entries; e; e = next) {
		next = e->next;
		node_free(tx->store, e->node);
		heap_free(&tx->store->heap, e);
	}
	heap_free(&tx->store->heap, tx);
}
