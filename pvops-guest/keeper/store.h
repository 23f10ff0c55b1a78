/* SPDX-License-Identifier: MIT */
/*
 * The xenstore tree: nodes with a name, a value, permissions and children;
 * transactions; quotas. Portable: no hypercalls, also built for the host's
 * tests.
 *
 * Every operation takes who asks, and in which transaction. Domain 0 may do
 * everything and has no quota. Errors are negated numbers of <xen/errno.h>.
 */
#ifndef PVOPS_GUEST_KEEPER_STORE_H
#define PVOPS_GUEST_KEEPER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pvops-guest/keeper/heap.h"
#include "pvops-guest/keeper/xs_path.h"

#define STORE_VALUE_MAX	     2048 /* bytes of one value */
#define STORE_PERMS_MAX	     8 /* entries of one node's permission list */
#define STORE_QUOTA_NODES    1000 /* nodes a domain may own */
/* Nodes are made of pointers: the same number must do in either width. */
#define STORE_QUOTA_BYTES    (16384 * (int)sizeof(long)) /* of names, values, nodes it may own */
#define STORE_QUOTA_TX_BYTES (12288 * (int)sizeof(long)) /* its open transactions may take */
#define STORE_ACCOUNTS	     64 /* domains with nodes of their own, at most */
#define STORE_BUCKETS	     1024

#define STORE_READ  1u
#define STORE_WRITE 2u
#define STORE_OWNER 4u /* may change the permissions; never in a list */

/*
 * One entry of a permission list. The first names the owner, who may do all,
 * and what domains that aren't listed may do; the others say it for one each.
 */
struct store_perm {
	uint16_t domid;
	uint8_t access; /* STORE_READ, STORE_WRITE */
};

struct store_node;
struct store_tx;
struct watch_client;

/* What one domain has put into the tree; domain 0's is not limited. */
struct store_account {
	uint16_t domid;
	uint32_t nodes; /* 0: the account is free */
	uint32_t bytes;
};

struct store {
	struct heap heap;
	struct store_node *buckets[STORE_BUCKETS]; /* by hash of the whole path */
	struct store_tx *transactions; /* all open ones */
	struct watch_client *clients; /* who is to be told of changes */
	uint64_t generation; /* of the last change, or read, numbered */
	struct store_account accounts[STORE_ACCOUNTS];
	char walk[STORE_PATH_MAX + 1]; /* where the removal of a subtree stands */
};

/* Who asks. */
struct store_who {
	struct store *store;
	struct store_tx *tx; /* NULL: outside of transactions */
	uint16_t domid;
};

/*
 * store_init - empty tree in the given arena. false if it is too small.
 */
bool store_init(struct store *store, void *arena, size_t size);

/*
 * The paths below are canonical. Errors of all: -EACCES; -ENOENT (only told to
 * who may see, or in case of a change write to, what is above); in
 * transactions also -ENOSPC and -ENOMEM, after which it can't succeed any more.
 */

struct store_bytes {
	const char *data; /* valid until the next change */
	size_t len;
};

/* store_read - the value. Needs STORE_READ. */
int store_read(const struct store_who *who, const char *path, struct store_bytes *value);

/*
 * store_directory - the children's names, each with its NUL, and a number that
 * changes whenever they do. Needs STORE_READ.
 */
int store_directory(const struct store_who *who, const char *path, struct store_bytes *names,
		    uint64_t *generation);

/* store_get_perms - the permission list, of *nr entries. Needs STORE_READ. */
int store_get_perms(const struct store_who *who, const char *path, const struct store_perm **perms,
		    unsigned int *nr);

/*
 * store_write - set a value, making the node and its parents as needed. Made
 * nodes inherit the list of what is above them, with the maker as their owner
 * (but domain 0 gives them to the owner above). Needs STORE_WRITE there.
 * Also -E2BIG (value), -ENOSPC (quota), -ENOMEM; nothing has changed then.
 */
int store_write(const struct store_who *who, const char *path, const struct store_bytes *value);

/* store_mkdir - make a node with an empty value, likewise, unless it is there. */
int store_mkdir(const struct store_who *who, const char *path);

/*
 * store_remove - remove a node and all below, whoever owns it. Needs
 * STORE_WRITE. Success if only the last component doesn't exist, as the
 * protocol wants. Never the root: -EINVAL.
 */
int store_remove(const struct store_who *who, const char *path);

/*
 * store_set_perms - replace the permission list. Needs STORE_OWNER.
 * -EPERM: only domain 0 gives nodes away. -EINVAL: no entry, -ENOSPC: too many.
 */
int store_set_perms(const struct store_who *who, const char *path, const struct store_perm *perms,
		    unsigned int nr);

/* store_may_see - may the domain know that this node comes, changes or goes? */
bool store_may_see(struct store *store, uint16_t domid, const char *path);

/*
 * store_forget_domain - a domain is gone: its nodes go, wherever they are, and
 * no list names it any more (its number may be given to another).
 */
void store_forget_domain(struct store *store, uint16_t domid);

/* store_account_of - for tests: the account of a domain, NULL if it has none. */
const struct store_account *store_account_of(const struct store *store, uint16_t domid);

/* Transactions. */

/* store_tx_begin - open one for a domain. -ENOMEM, -ENOSPC (quota). */
int store_tx_begin(struct store *store, uint16_t domid, struct store_tx **tx);

/*
 * store_tx_commit - make all its changes at once, then tell the watchers.
 * -EAGAIN: something it has read or changed was changed meanwhile; -ENOSPC,
 * -ENOMEM: an earlier operation failed so, or a quota is exceeded. Nothing has
 * changed then. The transaction is over in each case.
 */
int store_tx_commit(struct store_tx *tx);

/* store_tx_abort - forget all its changes; it is over. */
void store_tx_abort(struct store_tx *tx);

#endif
