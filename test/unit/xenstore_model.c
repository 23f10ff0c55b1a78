/* SPDX-License-Identifier: MIT */
/*
 * What xenstore means, plainly; see xenstore_model.h.
 */
#include <stdio.h>
#include <string.h>
#include <xen/errno.h>
#include "xenstore_model.h"

/* Path i's children are 3i + 1 to 3i + 3; 0 is the top. */
unsigned int model_parent(unsigned int path)
{
	return (path - 1) / 3;
}

const char *model_path(unsigned int path)
{
	static char texts[MODEL_PATHS][16];

	if (!texts[path][0]) {
		if (path)
			snprintf(texts[path], sizeof(texts[path]), "%s/%c",
				 model_path(model_parent(path)), 'a' + (path - 1) % 3);
		else
			strcpy(texts[0], "/s");
	}
	return texts[path];
}

bool model_is_within(unsigned int path, unsigned int top)
{
	while (path > top)
		path = model_parent(path);
	return path == top;
}

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->nodes[0].exists = true;
	m->nodes[0].nr_perms = 1;
	m->nodes[0].perms[0].access = STORE_READ | STORE_WRITE;
}

static unsigned int access_to(const struct model_node *n, uint16_t domid)
{
	unsigned int access = n->perms[0].access;

	if (!domid || n->perms[0].domid == domid)
		return STORE_READ | STORE_WRITE | STORE_OWNER;
	for (unsigned int i = n->nr_perms - 1; i >= 1; i--)
		if (n->perms[i].domid == domid)
			access = n->perms[i].access;
	return access;
}

static bool may(const struct model_node *n, uint16_t domid, unsigned int wanted)
{
	return (access_to(n, domid) & wanted) == wanted;
}

static unsigned int nearest(const struct model *m, unsigned int path)
{
	while (!m->nodes[path].exists)
		path = model_parent(path);
	return path;
}

bool model_may_see(const struct model *m, uint16_t domid, unsigned int path)
{
	const struct model_node *n = &m->nodes[path], *above;

	if (n->exists && may(n, domid, STORE_READ))
		return true;
	/* The top's parent is the root, which is closed. */
	if (!path)
		return domid == 0;
	above = &m->nodes[model_parent(path)];
	return above->exists && may(above, domid, STORE_READ);
}

static void make(struct model *m, unsigned int path, uint16_t domid)
{
	struct model_node *n = &m->nodes[path];

	if (n->exists)
		return;
	make(m, model_parent(path), domid);
	*n = m->nodes[model_parent(path)];
	n->value = 0;
	if (domid)
		n->perms[0].domid = domid;
	m->touched[path] = m->touched[model_parent(path)] = true;
}

static void change(struct model *m, const struct model_op *op, struct model_result *r)
{
	struct model_node *n = &m->nodes[op->path];

	if (op->kind == OP_SET_PERMS) {
		if (op->domid && op->perms[0].domid != n->perms[0].domid) {
			r->error = -XEN_EPERM;
			return;
		}
		memcpy(n->perms, op->perms, sizeof(n->perms));
		n->nr_perms = op->nr_perms;
	} else {
		make(m, op->path, op->domid);
		if (op->kind == OP_WRITE)
			n->value = op->value;
	}
	m->told[op->path] = m->touched[op->path] = true;
}

static void remove_below(struct model *m, unsigned int top)
{
	for (unsigned int i = top; i < MODEL_PATHS; i++) {
		if (!m->nodes[i].exists || !model_is_within(i, top))
			continue;
		m->told_exactly[i] = m->touched[i] = true;
		memset(&m->nodes[i], 0, sizeof(m->nodes[i]));
	}
	m->told[top] = true;
	m->touched[model_parent(top)] = true;
}

static void look(const struct model *m, const struct model_op *op, struct model_result *r)
{
	const struct model_node *n = &m->nodes[op->path];

	if (op->kind == OP_READ)
		r->value = n->value;
	for (unsigned int i = 1; op->kind == OP_DIRECTORY && i <= 3; i++)
		if (3 * op->path + i < MODEL_PATHS && m->nodes[3 * op->path + i].exists)
			r->children |= 1u << (i - 1);
	if (op->kind == OP_GET_PERMS) {
		r->nr_perms = n->nr_perms;
		memcpy(r->perms, n->perms, n->nr_perms * sizeof(n->perms[0]));
	}
}

void model_do(struct model *m, const struct model_op *op, struct model_result *r)
{
	const struct model_node *n = &m->nodes[op->path];
	bool looks = op->kind <= OP_GET_PERMS, makes = op->kind == OP_WRITE || op->kind == OP_MKDIR;
	unsigned int wanted = looks ? STORE_READ : STORE_WRITE;

	memset(r, 0, sizeof(*r));
	if (!n->exists) {
		if (!may(&m->nodes[nearest(m, op->path)], op->domid, wanted))
			r->error = -XEN_EACCES;
		else if (makes)
			change(m, op, r);
		else if (op->kind != OP_RM || !m->nodes[model_parent(op->path)].exists)
			r->error = -XEN_ENOENT;
		return;
	}
	if (!may(n, op->domid, op->kind == OP_SET_PERMS ? wanted | STORE_OWNER : wanted))
		r->error = -XEN_EACCES;
	else if (looks)
		look(m, op, r);
	else if (op->kind == OP_RM)
		remove_below(m, op->path);
	else if (op->kind != OP_MKDIR)
		change(m, op, r);
}
