/* SPDX-License-Identifier: MIT */
/*
 * A second, plain implementation of what xenstore means, to compare keeper's
 * with: a fixed set of paths, no memory limits, no transactions. One is right
 * if its operations, repeated here at once at its commit, have the same results.
 */
#ifndef TEST_UNIT_XENSTORE_MODEL_H
#define TEST_UNIT_XENSTORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/keeper/store.h"

/* "/s" and three levels of the names a, b, c below it. */
#define MODEL_PATHS 40
#define MODEL_PERMS 3

enum model_op_kind {
	OP_READ,
	OP_DIRECTORY,
	OP_GET_PERMS,
	OP_WRITE,
	OP_MKDIR,
	OP_RM,
	OP_SET_PERMS,
	OP_KINDS,
};

struct model_op {
	enum model_op_kind kind;
	uint16_t domid;
	unsigned int path;
	char value; /* OP_WRITE: the letter to write */
	unsigned int nr_perms; /* OP_SET_PERMS */
	struct store_perm perms[MODEL_PERMS];
};

struct model_result {
	int error; /* 0 or -errno */
	char value; /* OP_READ; 0: empty */
	unsigned int children; /* OP_DIRECTORY: bit per name */
	unsigned int nr_perms; /* OP_GET_PERMS */
	struct store_perm perms[MODEL_PERMS];
};

struct model_node {
	bool exists;
	char value;
	unsigned int nr_perms;
	struct store_perm perms[MODEL_PERMS];
};

struct model {
	struct model_node nodes[MODEL_PATHS];
	/* Written by each operation that changes something, for the reader to clear. */
	bool told[MODEL_PATHS]; /* watchers of it and of what is above hear of it */
	bool told_exactly[MODEL_PATHS]; /* only its own watchers */
	bool touched[MODEL_PATHS]; /* it or the list of its children has changed */
};

/* model_init - the top, readable and writable by all, and nothing else. */
void model_init(struct model *m);
/* model_path - the path's text; valid for ever. */
const char *model_path(unsigned int path);
/* model_is_within - is path at or below top? */
bool model_is_within(unsigned int path, unsigned int top);
/* model_parent - of any but path 0. */
unsigned int model_parent(unsigned int path);
void model_do(struct model *m, const struct model_op *op, struct model_result *result);
/* model_may_see - may the domain know that this node comes, changes or goes? */
bool model_may_see(const struct model *m, uint16_t domid, unsigned int path);

#endif
