// SPDX-License-Identifier: MIT
/*
 * The xenstore tree. Called by xs_wire.c for guests' requests and by
 * keeper's domain code as domain 0. Owns its nodes; no I/O.
 *
 * INV-1  A node is charged to the account of the domain that last wrote it
 *	  (or to nobody, for domain 0), and uncharged when it goes.
 * INV-2  No operation of domain N != 0 changes or shows a node outside
 *	  /local/domain/N.
 */

#include "pvops-guest/keeper/store.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

struct store_node {
	struct store_node *parent, *child, *next;
	char *value;
	uint32_t value_len;
	uint32_t name_len;
	uint16_t owner;
	char name[]; /* with its NUL */
};

static size_t put_decimal(char *out, unsigned int value)
{
	char digits[10];
	size_t n = 0, len;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	for (len = 0; n; len++)
		out[len] = digits[--n];
	out[len] = '\0';
	return len;
}

void store_domain_path(uint16_t domid, char *out)
{
	static const char homes[] = "/local/domain/";

	memcpy(out, homes, sizeof(homes));
	put_decimal(out + sizeof(homes) - 1, domid);
}

static bool path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '@';
}

/* Components of path_char()s, single slashes between, none at the end. */
static bool path_is_sound(const char *path)
{
	size_t component = 0;

	if (!strcmp(path, "/"))
		return true;
	for (path++; *path; path++) {
		if (*path == '/') {
			if (!component)
				return false;
			component = 0;
		} else if (!path_char(*path) || ++component > STORE_NAME_MAX) {
			return false;
		}
	}
	return component > 0;
}

int store_canonical_path(uint16_t domid, const char *path, char *out)
{
	size_t len = strnlen(path, STORE_PATH_MAX + 1), home = 0;

	if (len == 0 || len > STORE_PATH_MAX)
		return -XEN_EINVAL;
	if (path[0] != '/') {
		store_domain_path(domid, out);
		home = strlen(out);
		if (home + 1 + len > STORE_PATH_MAX)
			return -XEN_EINVAL;
		out[home++] = '/';
	}
	memcpy(out + home, path, len + 1);
	return path_is_sound(out) ? 0 : -XEN_EINVAL;
}

/* Where in its home is the path? -1 outside, 0 the home itself, 1 below. */
static int home_depth(uint16_t domid, const char *path)
{
	char home[24];
	size_t len;

	store_domain_path(domid, home);
	len = strlen(home);
	if (strncmp(path, home, len))
		return -1;
	if (!path[len])
		return 0;
	/* Without this a domain 1 would reach into domain 12's home. */
	return path[len] == '/' ? 1 : -1;
}

static bool may_read(uint16_t domid, const char *path)
{
	return domid == 0 || home_depth(domid, path) >= 0;
}

static bool may_change(uint16_t domid, const char *path)
{
	return domid == 0 || home_depth(domid, path) > 0;
}

/* Accounts. */

static struct store_account *find_account(struct store *store, uint16_t domid)
{
	for (unsigned int i = 0; i < STORE_ACCOUNTS; i++)
		if (store->accounts[i].in_use && store->accounts[i].domid == domid)
			return &store->accounts[i];
	return NULL;
}

const struct store_account *store_account_of(const struct store *store, uint16_t domid)
{
	return find_account((struct store *)(unsigned long)store, domid);
}

static struct store_account *open_account(struct store *store, uint16_t domid)
{
	struct store_account *a = find_account(store, domid);

	for (unsigned int i = 0; !a && i < STORE_ACCOUNTS; i++) {
		if (store->accounts[i].in_use)
			continue;
		a = &store->accounts[i];
		*a = (struct store_account){.domid = domid, .in_use = 1};
	}
	return a;
}

static int charge(struct store *store, uint16_t domid, uint32_t nodes, uint32_t bytes)
{
	struct store_account *a;

	if (domid == 0)
		return 0;
	a = open_account(store, domid);
	if (!a || a->nodes + nodes > STORE_QUOTA_NODES || a->bytes + bytes > STORE_QUOTA_BYTES)
		return -XEN_ENOSPC;
	a->nodes += nodes;
	a->bytes += bytes;
	return 0;
}

static void uncharge(struct store *store, uint16_t domid, uint32_t nodes, uint32_t bytes)
{
	struct store_account *a = domid ? find_account(store, domid) : NULL;

	if (!a)
		return;
	a->nodes -= nodes;
	a->bytes -= bytes;
	if (!a->nodes)
		a->in_use = 0;
}

static uint32_t node_bytes(uint32_t name_len, uint32_t value_len)
{
	return sizeof(struct store_node) + name_len + 1 + value_len;
}

/* Nodes. */

static struct store_node *find_child(const struct store_node *parent, const char *name, size_t len)
{
	struct store_node *n;

	for (n = parent->child; n; n = n->next)
		if (n->name_len == len && !memcmp(n->name, name, len))
			return n;
	return NULL;
}

/* Length of the component at *path, after skipping its slash. */
static size_t next_component(const char **path)
{
	size_t len = 0;

	while (**path == '/')
		(*path)++;
	while ((*path)[len] && (*path)[len] != '/')
		len++;
	return len;
}

static struct store_node *find_node(const struct store *store, const char *path)
{
	struct store_node *n = store->root;
	size_t len;

	while (n && (len = next_component(&path))) {
		n = find_child(n, path, len);
		path += len;
	}
	return n;
}

static struct store_node *new_node(struct store *store, struct store_node *parent, const char *name,
				   size_t len)
{
	struct store_node *n = heap_alloc(&store->heap, sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	*n = (struct store_node){.parent = parent, .name_len = len};
	memcpy(n->name, name, len);
	n->name[len] = '\0';
	if (parent) {
		n->next = parent->child;
		parent->child = n;
	}
	return n;
}

/* Find a node or make it, and what is missing above it, charged to domid. */
static int get_node(struct store *store, uint16_t domid, const char *path, struct store_node **node)
{
	struct store_node *n = store->root, *child;
	size_t len;
	int ret;

	while ((len = next_component(&path))) {
		child = find_child(n, path, len);
		if (!child) {
			ret = charge(store, domid, 1, node_bytes(len, 0));
			if (ret)
				return ret;
			child = new_node(store, n, path, len);
			if (!child) {
				uncharge(store, domid, 1, node_bytes(len, 0));
				return -XEN_ENOMEM;
			}
			child->owner = domid;
		}
		n = child;
		path += len;
	}
	*node = n;
	return 0;
}

static void unlink_node(struct store_node *n)
{
	struct store_node **link = &n->parent->child;

	while (*link != n)
		link = &(*link)->next;
	*link = n->next;
}

static void free_leaf(struct store *store, struct store_node *n)
{
	uncharge(store, n->owner, 1, node_bytes(n->name_len, n->value_len));
	heap_free(n->value);
	heap_free(n);
}

bool store_init(struct store *store, void *arena, size_t size)
{
	*store = (struct store){0};
	heap_init(&store->heap, arena, size);
	store->root = new_node(store, NULL, "", 0);
	return store->root != NULL;
}

int store_read(const struct store *store, uint16_t domid, const char *path, const char **value,
	       size_t *len_bytes)
{
	const struct store_node *n;

	if (!may_read(domid, path))
		return -XEN_EACCES;
	n = find_node(store, path);
	if (!n)
		return -XEN_ENOENT;
	*value = n->value ? n->value : "";
	*len_bytes = n->value_len;
	return 0;
}

int store_directory(const struct store *store, uint16_t domid, const char *path, char *buf,
		    size_t size, size_t *len_bytes)
{
	const struct store_node *n, *c;
	size_t len = 0;

	if (!may_read(domid, path))
		return -XEN_EACCES;
	n = find_node(store, path);
	if (!n)
		return -XEN_ENOENT;
	for (c = n->child; c; c = c->next) {
		if (len + c->name_len + 1 <= size)
			memcpy(buf + len, c->name, c->name_len + 1);
		len += c->name_len + 1;
	}
	*len_bytes = len;
	return len <= size ? 0 : -XEN_E2BIG;
}

/* Move a node's charge to domid, for a value of new_len bytes (INV-1). */
static int recharge(struct store *store, struct store_node *n, uint16_t domid, uint32_t new_len)
{
	uint32_t old_bytes = node_bytes(n->name_len, n->value_len);
	int ret;

	uncharge(store, n->owner, 1, old_bytes);
	ret = charge(store, domid, 1, node_bytes(n->name_len, new_len));
	if (ret) {
		/* Can't fail: this much was charged a moment ago. */
		charge(store, n->owner, 1, old_bytes);
		return ret;
	}
	n->owner = domid;
	return 0;
}

int store_write(struct store *store, uint16_t domid, const char *path, const char *value,
		size_t len_bytes)
{
	struct store_node *n;
	char *copy = NULL;
	int ret;

	if (!may_change(domid, path))
		return -XEN_EACCES;
	if (len_bytes > STORE_VALUE_MAX)
		return -XEN_E2BIG;
	ret = get_node(store, domid, path, &n);
	if (ret)
		return ret;
	if (len_bytes) {
		copy = heap_alloc(&store->heap, len_bytes);
		if (!copy)
			return -XEN_ENOMEM;
		memcpy(copy, value, len_bytes);
	}
	ret = recharge(store, n, domid, len_bytes);
	if (ret) {
		heap_free(copy);
		return ret;
	}
	heap_free(n->value);
	n->value = copy;
	n->value_len = len_bytes;
	return 0;
}

int store_mkdir(struct store *store, uint16_t domid, const char *path)
{
	struct store_node *n;

	if (!may_change(domid, path))
		return -XEN_EACCES;
	return get_node(store, domid, path, &n);
}

static bool parent_exists(const struct store *store, const char *path)
{
	char parent[STORE_PATH_MAX + 1];
	size_t len = strlen(path);

	while (len && path[len - 1] != '/')
		len--;
	memcpy(parent, path, len);
	parent[len] = '\0';
	return find_node(store, parent) != NULL;
}

int store_remove(struct store *store, uint16_t domid, const char *path)
{
	struct store_node *top, *n, *parent;

	if (!may_change(domid, path))
		return -XEN_EACCES;
	top = find_node(store, path);
	if (top == store->root)
		return -XEN_EINVAL;
	if (!top)
		return parent_exists(store, path) ? 0 : -XEN_ENOENT;
	unlink_node(top);
	/* Depth first without recursion: a guest chooses the depth. */
	for (n = top;;) {
		if (n->child) {
			n = n->child;
			continue;
		}
		parent = n->parent;
		if (n == top) {
			free_leaf(store, n);
			return 0;
		}
		parent->child = n->next;
		free_leaf(store, n);
		n = parent;
	}
}

int store_owner(const struct store *store, uint16_t domid, const char *path, uint16_t *owner)
{
	const struct store_node *n;

	if (!may_read(domid, path))
		return -XEN_EACCES;
	n = find_node(store, path);
	if (!n)
		return -XEN_ENOENT;
	*owner = n->owner;
	return 0;
}
