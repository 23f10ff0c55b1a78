/* SPDX-License-Identifier: MIT */
/*
 * Between the store's own files: nodes, and the two ways to see them, in the
 * tree itself and through a transaction.
 */
#ifndef PVOPS_GUEST_KEEPER_STORE_NODE_H
#define PVOPS_GUEST_KEEPER_STORE_NODE_H

#include "pvops-guest/keeper/store.h"

/* The parts of a node that change, and are compared, separately. */
#define PART_SELF     1u /* that it exists, value, permissions */
#define PART_CHILDREN 2u /* its children's names */
#define PART_ALL      (PART_SELF | PART_CHILDREN)

struct store_node {
	struct store_node *next; /* in its bucket */
	uint64_t generation; /* of PART_SELF, never 0 */
	uint64_t children_generation;
	char *value;
	char *children; /* names with their NULs, in the order of their making */
	struct store_perm *perms;
	uint32_t hash;
	uint32_t value_len;
	uint32_t children_len;
	uint32_t children_room; /* bytes allocated */
	uint16_t nr_perms;
	uint16_t path_len;
	bool charged; /* to the account of perms[0].domid */
	char path[]; /* whole, with its NUL */
};

/* How many watchers a change concerns. */
enum fire {
	FIRE_NONE,
	FIRE_EXACT, /* those of this very node: something above was removed */
	FIRE_ABOVE, /* and those of everything above it */
};

/* store_node.c: nodes and accounts. */

uint32_t path_hash(const char *path, size_t len);
struct store_node *node_new(struct store *store, const char *path, size_t len);
struct store_node *node_copy(struct store *store, const struct store_node *from);
void node_free(struct store *store, struct store_node *n);
/* node_bytes - what a node costs its owner. */
uint32_t node_bytes(const struct store_node *n);
/* node_set_* - false: no memory, nothing changed. */
bool node_set_value(struct store *store, struct store_node *n, const struct store_bytes *value);
bool node_set_perms(struct store *store, struct store_node *n, const struct store_perm *perms,
		    unsigned int nr);
bool node_add_child(struct store *store, struct store_node *n, const char *name, size_t len);
void node_remove_child(struct store_node *n, const char *name);
/* node_access - what a domain may do to it. */
unsigned int node_access(const struct store_node *n, uint16_t domid);

struct store_node *tree_find(const struct store *store, const char *path, size_t len);
void tree_insert(struct store *store, struct store_node *n);
void tree_unlink(struct store *store, struct store_node *n);

void account_charge(struct store *store, struct store_node *n);
void account_uncharge(struct store *store, struct store_node *n);
/* account_check - may the domain have so much more? -ENOSPC. */
int account_check(const struct store *store, uint16_t domid, int nodes, int bytes);

/*
 * store_view.c: the same operations on the tree and within a transaction,
 * where everything that is looked at or changed is noted.
 */

/* view_peek - a node as the asker sees it, without noting it. */
struct store_node *view_peek(const struct store_who *who, const char *path, size_t len);

/* Where a path leads. */
struct view_place {
	struct store_node *node; /* NULL: there is none */
	struct store_node *above; /* then the nearest that there is, */
	size_t above_len; /* and how much of the path leads there */
};

/* view_find - look a path up, noting what the answer depends on. */
int view_find(const struct store_who *who, const char *path, unsigned int parts,
	      struct view_place *place);

/*
 * view_torn - what must be there isn't, because others have changed the tree
 * since a transaction looked: it can't succeed any more. -EAGAIN.
 */
int view_torn(const struct store_who *who);

/* view_edit - make ready to change parts of a node; *n is what to change. */
int view_edit(const struct store_who *who, struct store_node **n, unsigned int parts);

/* view_create - a new node without value, with the list of another. */
int view_create(const struct store_who *who, const char *path, size_t len,
		const struct store_node *above);

/* view_delete - a node without children goes; its parent isn't told. */
int view_delete(const struct store_who *who, struct store_node *n);

/* view_charge - check an owner's quota for a change to come. */
int view_charge(const struct store_who *who, uint16_t owner, int nodes, int bytes);

/* view_fire - the watchers are to hear of this, now or at the commit. */
void view_fire(const struct store_who *who, const char *path, enum fire fire);

/* store_tx.c */

struct tx_entry {
	struct tx_entry *next;
	struct store_node *node; /* the transaction's own; NULL: none, or deleted */
	uint64_t generation; /* of the tree's at the first look; 0: there was none */
	uint64_t children_generation;
	uint32_t hash;
	uint16_t path_len;
	uint8_t reads, writes; /* PART_* */
	uint8_t fire; /* enum fire */
	char path[];
};

struct store_tx {
	struct store_tx *next;
	struct store *store;
	struct tx_entry *entries;
	int error; /* it can only fail any more: this, or 0 */
	uint32_t bytes; /* of memory */
	uint16_t domid;
};

struct tx_entry *tx_find(const struct store_tx *tx, const char *path, size_t len);
/* tx_note - the entry of a path, made if necessary, with reads added. */
int tx_note(struct store_tx *tx, const char *path, size_t len, unsigned int reads,
	    struct tx_entry **entry);
/* tx_spend - account for memory; -ENOSPC, and the transaction can't succeed. */
int tx_spend(struct store_tx *tx, uint32_t bytes);
/* tx_fail - remember an error, and return it. */
int tx_fail(struct store_tx *tx, int error);
/* tx_usage - what it adds to its domain's account if it is committed. */
void tx_usage(const struct store_tx *tx, int *nodes, int *bytes);

#endif
