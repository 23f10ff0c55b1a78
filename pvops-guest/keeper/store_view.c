// SPDX-License-Identifier: MIT
/*
 * The tree as an asker sees it: as it is, or through a transaction that keeps
 * its changes to itself and notes what it looked at. Called by store.c.
 */

#include "pvops-guest/keeper/store_node.h"
#include "pvops-guest/keeper/watch.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

struct store_node *view_peek(const struct store_who *who, const char *path, size_t len)
{
	struct tx_entry *e = who->tx ? tx_find(who->tx, path, len) : NULL;

	return e && e->writes ? e->node : tree_find(who->store, path, len);
}

static int note(const struct store_who *who, const char *path, size_t len, unsigned int parts)
{
	struct tx_entry *e;

	return who->tx ? tx_note(who->tx, path, len, parts, &e) : 0;
}

int view_find(const struct store_who *who, const char *path, unsigned int parts,
	      struct view_place *place)
{
	size_t len = strlen(path), missing_len = len;
	int ret;

	*place = (struct view_place){.node = view_peek(who, path, len)};
	if (place->node)
		return note(who, path, len, parts);
	while (!place->above) {
		missing_len = len;
		len = path_parent_len(path, len);
		place->above = view_peek(who, path, len);
	}
	place->above_len = len;
	/* While the topmost one is missing, all below are. */
	ret = note(who, path, missing_len, PART_SELF);
	return ret ? ret : note(who, path, len, PART_SELF);
}

static void renumber(struct store *store, struct store_node *n, unsigned int parts)
{
	store->generation++;
	if (parts & PART_SELF)
		n->generation = store->generation;
	if (parts & PART_CHILDREN)
		n->children_generation = store->generation;
}

int view_torn(const struct store_who *who)
{
	return who->tx ? tx_fail(who->tx, -XEN_EAGAIN) : -XEN_EINVAL;
}

/* The transaction's own copy of a node it is going to change. */
static int edit_in_tx(const struct store_who *who, struct store_node **n, unsigned int parts)
{
	struct store_node *from = *n;
	struct tx_entry *e;
	int ret = tx_note(who->tx, from->path, from->path_len, parts, &e);

	if (ret)
		return ret;
	if (!e->writes) {
		ret = tx_spend(who->tx, node_bytes(from) + from->children_len);
		if (ret)
			return ret;
		e->node = node_copy(who->store, from);
		if (!e->node)
			return tx_fail(who->tx, -XEN_ENOMEM);
	}
	e->writes |= parts;
	*n = e->node;
	return 0;
}

int view_edit(const struct store_who *who, struct store_node **n, unsigned int parts)
{
	int ret;

	if (!*n)
		return view_torn(who);
	ret = who->tx ? edit_in_tx(who, n, parts) : 0;
	if (!ret)
		renumber(who->store, *n, parts);
	return ret;
}

/* Inherit the list; only domain 0 makes nodes for others. */
static bool inherit(const struct store_who *who, struct store_node *n,
		    const struct store_node *above)
{
	if (!node_set_perms(who->store, n, above->perms, above->nr_perms))
		return false;
	if (who->domid)
		n->perms[0].domid = who->domid;
	return true;
}

int view_create(const struct store_who *who, const char *path, size_t len,
		const struct store_node *above)
{
	struct tx_entry *e = NULL;
	struct store_node *n;
	int ret;

	if (who->tx) {
		ret = tx_note(who->tx, path, len, PART_ALL, &e);
		if (!ret)
			ret = tx_spend(who->tx,
				       sizeof(*n) + len + above->nr_perms * sizeof(*above->perms));
		if (ret)
			return ret;
	}
	n = node_new(who->store, path, len);
	if (!n || !inherit(who, n, above)) {
		node_free(who->store, n);
		return who->tx ? tx_fail(who->tx, -XEN_ENOMEM) : -XEN_ENOMEM;
	}
	if (e) {
		e->node = n;
		e->writes = PART_ALL;
	} else {
		tree_insert(who->store, n);
		account_charge(who->store, n);
	}
	return 0;
}

int view_delete(const struct store_who *who, struct store_node *n)
{
	struct tx_entry *e;
	int ret;

	if (!who->tx) {
		account_uncharge(who->store, n);
		tree_unlink(who->store, n);
		node_free(who->store, n);
		return 0;
	}
	ret = tx_note(who->tx, n->path, n->path_len, PART_ALL, &e);
	if (ret)
		return ret;
	node_free(who->store, e->node);
	e->node = NULL;
	e->writes = PART_ALL;
	return 0;
}

int view_charge(const struct store_who *who, uint16_t owner, int nodes, int bytes)
{
	int tx_nodes = 0, tx_bytes = 0;

	if (!who->domid || (nodes <= 0 && bytes <= 0))
		return 0;
	if (who->tx && owner == who->domid)
		tx_usage(who->tx, &tx_nodes, &tx_bytes);
	return account_check(who->store, owner, nodes + tx_nodes, bytes + tx_bytes);
}

void view_fire(const struct store_who *who, const char *path, enum fire fire)
{
	struct tx_entry *e;

	if (!who->tx) {
		watch_fire(who->store, path, fire == FIRE_EXACT);
		return;
	}
	e = tx_find(who->tx, path, strlen(path));
	if (e && e->fire < fire)
		e->fire = fire;
}
