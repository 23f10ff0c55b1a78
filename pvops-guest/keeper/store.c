// SPDX-License-Identifier: MIT
/*
 * The xenstore tree's operations, each for a domain with its permissions and
 * quota, in or outside of a transaction. Called by xs_requests.c for guests
 * and by keeper's domain code as domain 0. No I/O.
 *
 * INV-1  An operation that fails outside of a transaction changes nothing.
 *	  One that runs out of memory or quota within makes the commit fail.
 * INV-2  A domain learns and changes only what the lists of permissions give
 *	  it; whether a node exists, only if it may see or write what is above.
 */

#include "pvops-guest/keeper/store_node.h"
#include "pvops-guest/keeper/watch.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

bool store_init(struct store *store, void *arena, size_t size)
{
	static const struct store_perm nobody = {0};
	struct store_node *root;

	*store = (struct store){0};
	heap_init(&store->heap, arena, size);
	root = node_new(store, "/", 1);
	if (!root || !node_set_perms(store, root, &nobody, 1))
		return false;
	tree_insert(store, root);
	return true;
}

/* Look a path up for an operation that needs the given access. */
static int find_for(const struct store_who *who, const char *path, unsigned int access,
		    struct view_place *place)
{
	int ret = view_find(who, path, PART_SELF, place);

	if (ret)
		return ret;
	if (place->node)
		return (node_access(place->node, who->domid) & access) == access ? 0 : -XEN_EACCES;
	access &= ~STORE_OWNER;
	/* Who may not look there doesn't learn that there is nothing. */
	return (node_access(place->above, who->domid) & access) == access ? -XEN_ENOENT
									  : -XEN_EACCES;
}

int store_read(const struct store_who *who, const char *path, struct store_bytes *value)
{
	struct view_place place;
	int ret = find_for(who, path, STORE_READ, &place);

	if (ret)
		return ret;
	value->len = place.node->value_len;
	value->data = value->len ? place.node->value : "";
	return 0;
}

int store_directory(const struct store_who *who, const char *path, struct store_bytes *names,
		    uint64_t *generation)
{
	struct view_place place;
	int ret = find_for(who, path, STORE_READ, &place);

	if (!ret)
		ret = view_find(who, path, PART_ALL, &place);
	if (ret)
		return ret;
	names->len = place.node->children_len;
	names->data = names->len ? place.node->children : "";
	*generation = place.node->children_generation;
	return 0;
}

int store_get_perms(const struct store_who *who, const char *path, const struct store_perm **perms,
		    unsigned int *nr)
{
	struct view_place place;
	int ret = find_for(who, path, STORE_READ, &place);

	if (ret)
		return ret;
	*perms = place.node->perms;
	*nr = place.node->nr_perms;
	return 0;
}

/* The length of the path's next longer part after the first len bytes. */
static size_t next_len(const char *path, size_t len)
{
	if (path[len])
		len++;
	while (path[len] && path[len] != '/')
		len++;
	return len;
}

/* May the asker have all the nodes that are missing? */
static int charge_missing(const struct store_who *who, const char *path,
			  const struct view_place *place)
{
	size_t total = strlen(path), len = place->above_len == 1 ? 0 : place->above_len, next;
	int nodes = 0, bytes = 0;

	for (; len < total; len = next) {
		next = next_len(path, len);
		nodes++;
		/* As node_bytes() will count it. */
		bytes += sizeof(struct store_node) + next + 1 + (next - len - 1) + 1 +
			 place->above->nr_perms * sizeof(struct store_perm);
	}
	return view_charge(who, who->domid, nodes, bytes);
}

/* One node, the next of the path below the first len bytes. */
static int make_one(const struct store_who *who, const char *path, size_t len, size_t next)
{
	size_t name_at = len == 1 ? 1 : len + 1;
	struct store_node *parent = view_peek(who, path, len);
	int ret = view_edit(who, &parent, PART_CHILDREN);

	if (ret)
		return ret;
	if (!node_add_child(who->store, parent, path + name_at, next - name_at))
		return who->tx ? tx_fail(who->tx, -XEN_ENOMEM) : -XEN_ENOMEM;
	ret = view_create(who, path, next, parent);
	if (ret)
		parent->children_len -= next - name_at + 1;
	return ret;
}

static int remove_subtree(const struct store_who *who, const char *path, size_t len, bool quiet);

/* Make what is missing of a path, or nothing. */
static int make_missing(const struct store_who *who, const char *path,
			const struct view_place *place)
{
	size_t total = strlen(path), first = place->above_len, len = first, next;
	int ret = charge_missing(who, path, place);

	if (ret)
		return ret;
	for (; len < total && !ret; len = next) {
		next = next_len(path, len == 1 ? 0 : len);
		ret = make_one(who, path, len, next);
		if (ret && !who->tx && len != first)
			remove_subtree(who, path, next_len(path, first == 1 ? 0 : first), true);
	}
	return ret;
}

static int set_value(const struct store_who *who, struct store_node *n,
		     const struct store_bytes *value)
{
	int ret = view_charge(who, n->perms[0].domid, 0, (int)value->len - (int)n->value_len);
	bool ok;

	if (!ret)
		ret = view_edit(who, &n, PART_SELF);
	if (!ret && who->tx)
		ret = tx_spend(who->tx, value->len);
	if (ret)
		return ret;
	if (who->tx)
		return node_set_value(who->store, n, value) ? 0 : tx_fail(who->tx, -XEN_ENOMEM);
	account_uncharge(who->store, n);
	ok = node_set_value(who->store, n, value);
	account_charge(who->store, n);
	return ok ? 0 : -XEN_ENOMEM;
}

/*
 * A change in a transaction that can't succeed any more seems to succeed: the
 * commit says EAGAIN, and clients expect to hear it there alone.
 */
static int seen_by_client(const struct store_who *who, int ret)
{
	return who->tx && ret == -XEN_EAGAIN ? 0 : ret;
}

static int write_node(const struct store_who *who, const char *path,
		      const struct store_bytes *value)
{
	struct view_place place;
	int ret = find_for(who, path, STORE_WRITE, &place);
	size_t first;

	if (ret && ret != -XEN_ENOENT)
		return ret;
	if (value->len > STORE_VALUE_MAX)
		return -XEN_E2BIG;
	if (!place.node)
		ret = make_missing(who, path, &place);
	if (ret)
		return ret;
	ret = set_value(who, view_peek(who, path, strlen(path)), value);
	if (!ret) {
		view_fire(who, path, FIRE_ABOVE);
	} else if (!place.node && !who->tx) {
		first = place.above_len == 1 ? 0 : place.above_len;
		remove_subtree(who, path, next_len(path, first), true);
	}
	return ret;
}

int store_write(const struct store_who *who, const char *path, const struct store_bytes *value)
{
	return seen_by_client(who, write_node(who, path, value));
}

int store_mkdir(const struct store_who *who, const char *path)
{
	struct view_place place;
	int ret = find_for(who, path, STORE_WRITE, &place);

	if (ret != -XEN_ENOENT)
		return ret;
	ret = make_missing(who, path, &place);
	if (!ret)
		view_fire(who, path, FIRE_ABOVE);
	return seen_by_client(who, ret);
}

/* Make the walk lead to the last child of where it leads. */
static size_t walk_down(struct store *store, const struct store_node *n, size_t len)
{
	uint32_t at = n->children_len - 1;

	while (at && n->children[at - 1])
		at--;
	if (len > 1)
		store->walk[len++] = '/';
	memcpy(store->walk + len, n->children + at, n->children_len - at);
	return len + n->children_len - at - 1;
}

/* Take the node where the walk leads from its parent, then away. */
static int remove_leaf(const struct store_who *who, size_t len, enum fire fire)
{
	char *walk = who->store->walk;
	struct store_node *parent;
	struct view_place place;
	int ret = view_find(who, walk, PART_ALL, &place);

	if (ret)
		return ret;
	/* Before it goes: who may hear of it is written there. */
	if (fire != FIRE_NONE)
		view_fire(who, walk, fire);
	parent = view_peek(who, walk, path_parent_len(walk, len));
	ret = view_edit(who, &parent, PART_CHILDREN);
	if (ret)
		return ret;
	node_remove_child(parent, path_name(walk));
	return view_delete(who, place.node);
}

/* Depth first without recursion: guests choose the depth. */
static int remove_subtree(const struct store_who *who, const char *path, size_t len, bool quiet)
{
	struct store *store = who->store;
	const size_t top = len;
	struct store_node *n;
	enum fire fire;
	int ret = 0;

	memmove(store->walk, path, len);
	while (!ret) {
		store->walk[len] = '\0';
		n = view_peek(who, store->walk, len);
		if (!n)
			return view_torn(who);
		if (n->children_len) {
			len = walk_down(store, n, len);
			continue;
		}
		fire = len == top ? FIRE_ABOVE : FIRE_EXACT;
		ret = remove_leaf(who, len, quiet ? FIRE_NONE : fire);
		if (len == top)
			break;
		len = path_parent_len(store->walk, len);
	}
	return ret;
}

int store_remove(const struct store_who *who, const char *path)
{
	size_t len = strlen(path);
	struct view_place place;
	int ret = find_for(who, path, STORE_WRITE, &place);

	if (ret == -XEN_ENOENT)
		return place.above_len == path_parent_len(path, len) ? 0 : ret;
	if (!ret)
		ret = len == 1 ? -XEN_EINVAL : remove_subtree(who, path, len, false);
	return seen_by_client(who, ret);
}

static int replace_perms(const struct store_who *who, struct store_node *n,
			 const struct store_perm *perms, unsigned int nr)
{
	int more = ((int)nr - (int)n->nr_perms) * (int)sizeof(*perms);
	int ret = view_charge(who, n->perms[0].domid, 0, more);
	bool ok;

	if (!ret)
		ret = view_edit(who, &n, PART_SELF);
	if (!ret && who->tx)
		ret = tx_spend(who->tx, nr * sizeof(*perms));
	if (ret)
		return ret;
	if (who->tx)
		return node_set_perms(who->store, n, perms, nr) ? 0 : tx_fail(who->tx, -XEN_ENOMEM);
	account_uncharge(who->store, n);
	ok = node_set_perms(who->store, n, perms, nr);
	account_charge(who->store, n);
	return ok ? 0 : -XEN_ENOMEM;
}

int store_set_perms(const struct store_who *who, const char *path, const struct store_perm *perms,
		    unsigned int nr)
{
	struct view_place place;
	int ret;

	if (!nr)
		return -XEN_EINVAL;
	if (nr > STORE_PERMS_MAX)
		return -XEN_ENOSPC;
	ret = find_for(who, path, STORE_WRITE | STORE_OWNER, &place);
	if (ret)
		return ret;
	/* Else a domain could have its nodes count as another's. */
	if (who->domid && perms[0].domid != place.node->perms[0].domid)
		return -XEN_EPERM;
	/* Also who loses sight of it hears of that. */
	if (!who->tx)
		view_fire(who, path, FIRE_ABOVE);
	ret = replace_perms(who, place.node, perms, nr);
	if (!ret)
		view_fire(who, path, FIRE_ABOVE);
	return ret;
}

bool store_may_see(struct store *store, uint16_t domid, const char *path)
{
	size_t len = strlen(path);
	const struct store_node *n = tree_find(store, path, len);

	if (n && node_access(n, domid) & STORE_READ)
		return true;
	len = path_parent_len(path, len);
	n = len ? tree_find(store, path, len) : NULL;
	return n && node_access(n, domid) & STORE_READ;
}

static void strike_from_list(struct store *store, struct store_node *n, uint16_t domid)
{
	unsigned int kept = 1;

	for (unsigned int i = 1; i < n->nr_perms; i++)
		kept += n->perms[i].domid != domid;
	if (kept == n->nr_perms)
		return;
	account_uncharge(store, n);
	kept = 1;
	for (unsigned int i = 1; i < n->nr_perms; i++)
		if (n->perms[i].domid != domid)
			n->perms[kept++] = n->perms[i];
	n->generation = ++store->generation;
	n->nr_perms = kept;
	account_charge(store, n);
}

void store_forget_domain(struct store *store, uint16_t domid)
{
	const struct store_who d0 = {.store = store};
	struct store_node *n, *next;

	for (unsigned int i = 0; i < STORE_BUCKETS; i++)
		for (n = store->buckets[i]; n; n = next) {
			next = n->next;
			strike_from_list(store, n, domid);
			if (n->perms[0].domid != domid || n->path_len == 1)
				continue;
			remove_subtree(&d0, n->path, n->path_len, false);
			/* The next one may have been below. */
			next = store->buckets[i];
		}
}
