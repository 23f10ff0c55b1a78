/* SPDX-License-Identifier: MIT */
/*
 * The xenstore tree: nodes with a name, a value and children; who may touch
 * which; quotas. Portable: no hypercalls, also built for the host's tests.
 *
 * Every function takes the acting domain. Domain 0 may do everything; any
 * other may read its home /local/domain/N and all below, and change what is
 * below. Errors are negated numbers of <xen/errno.h>.
 */
#ifndef PVOPS_GUEST_KEEPER_STORE_H
#define PVOPS_GUEST_KEEPER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pvops-guest/keeper/heap.h"

#define STORE_VALUE_MAX	  2048 /* bytes of one value */
#define STORE_NAME_MAX	  255 /* bytes of one path component */
#define STORE_PATH_MAX	  3072 /* bytes of an absolute path, without the NUL */
#define STORE_QUOTA_NODES 256 /* nodes a domain may own */
#define STORE_QUOTA_BYTES 16384 /* bytes of names, values and nodes it may own */
#define STORE_ACCOUNTS	  32 /* domains with nodes of their own, at most */

struct store_node;

/* What one domain has put into the tree; domain 0's is not limited. */
struct store_account {
	uint16_t domid;
	uint16_t in_use;
	uint32_t nodes;
	uint32_t bytes;
};

struct store {
	struct heap heap;
	struct store_node *root;
	struct store_account accounts[STORE_ACCOUNTS];
};

/*
 * store_init - empty tree in the given arena. false if it is too small.
 */
bool store_init(struct store *store, void *arena, size_t size);

/*
 * store_canonical_path - check a guest's path and make it absolute.
 * @path: NUL-terminated; relative paths start at /local/domain/<domid>
 * @out: at least STORE_PATH_MAX + 1 bytes
 * 0, or -EINVAL: bad character, empty or overlong component, overlong path.
 */
int store_canonical_path(uint16_t domid, const char *path, char *out);

/*
 * The paths below are canonical. Errors of all: -EACCES (not this domain's),
 * -ENOENT.
 */

/* store_read - the value; valid until the next change of the tree. */
int store_read(const struct store *store, uint16_t domid, const char *path, const char **value,
	       size_t *len_bytes);

/*
 * store_directory - names of the children, each with its NUL, into buf.
 * *len_bytes is the length needed; -E2BIG if that is more than size.
 */
int store_directory(const struct store *store, uint16_t domid, const char *path, char *buf,
		    size_t size, size_t *len_bytes);

/*
 * store_write - set a value, making the node and its parents as needed.
 * Also -E2BIG (value), -ENOSPC (quota), -ENOMEM. On an error the old value
 * stays, though parents may have been made.
 */
int store_write(struct store *store, uint16_t domid, const char *path, const char *value,
		size_t len_bytes);

/* store_mkdir - make a node with an empty value unless it is there. */
int store_mkdir(struct store *store, uint16_t domid, const char *path);

/*
 * store_remove - remove a node and all below. Success if only the last
 * component doesn't exist, as the protocol wants. Never the root: -EINVAL.
 */
int store_remove(struct store *store, uint16_t domid, const char *path);

/* store_owner - the domain a node is charged to. */
int store_owner(const struct store *store, uint16_t domid, const char *path, uint16_t *owner);

/* store_domain_path - "/local/domain/N" into out (at least 24 bytes). */
void store_domain_path(uint16_t domid, char *out);

/* store_account_of - for tests: the account of a domain, NULL if it has none. */
const struct store_account *store_account_of(const struct store *store, uint16_t domid);

#endif
