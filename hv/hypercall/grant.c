// SPDX-License-Identifier: MIT
/*
 * grant_table_op: arrays of operations, one after the other, each with a
 * status of its own. Called by trap/hypercall.c; calls domain/grant*.c.
 * ABI 2.2, 6.5; xen/grant_table.h.
 */
#include "hypercall/hypercall.h"
#include "lib/errno.h"

/* Operations between two chances for interrupts and other domains. */
#define OPS_BEFORE_PREEMPT 32

/* Any of the operations that come in arrays. */
union grant_op {
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_unmap_and_replace replace;
	struct gnttab_copy copy;
	struct gnttab_setup_table setup;
	struct gnttab_query_size query;
};

static size_t size_of_op(unsigned long cmd)
{
	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		return sizeof(struct gnttab_map_grant_ref);
	case GNTTABOP_unmap_grant_ref:
		return sizeof(struct gnttab_unmap_grant_ref);
	case GNTTABOP_unmap_and_replace:
		return sizeof(struct gnttab_unmap_and_replace);
	case GNTTABOP_copy:
		return sizeof(struct gnttab_copy);
	case GNTTABOP_setup_table:
		return sizeof(struct gnttab_setup_table);
	case GNTTABOP_query_size:
		return sizeof(struct gnttab_query_size);
	default:
		return 0;
	}
}

static void do_one(unsigned long cmd, union grant_op *op)
{
	struct domain *d = current_domain();

	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		grant_map(d, &op->map);
		break;
	case GNTTABOP_unmap_grant_ref:
		grant_unmap(d, &op->unmap);
		break;
	case GNTTABOP_unmap_and_replace:
		grant_unmap_and_replace(d, &op->replace);
		break;
	case GNTTABOP_copy:
		grant_copy(d, &op->copy);
		break;
	case GNTTABOP_setup_table:
		grant_setup_table(d, &op->setup);
		break;
	default:
		grant_query_size(d, &op->query);
	}
}

/* The array at arg[1], of arg[2] operations; what was done is taken off them. */
static long do_array(struct hc_args *a, size_t size)
{
	union grant_op op;

	for (unsigned int n = 1; a->arg[2]; n++) {
		if (copy_from_guest(&op, a->arg[1], size))
			return -EFAULT;
		do_one(a->arg[0], &op);
		if (copy_to_guest(a->arg[1], &op, size))
			return -EFAULT;
		a->arg[1] += size;
		a->arg[2]--;
		if (n % OPS_BEFORE_PREEMPT == 0 && a->arg[2] && hc_preempt())
			return hc_restart();
	}
	return 0;
}

/* There is version 1 alone. */
static long set_version(unsigned long gva)
{
	struct gnttab_set_version op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.version != 1)
		return op.version == 2 ? -ENOSYS : -EINVAL;
	return hc_copy_out(gva, &op);
}

static long get_version(unsigned long gva)
{
	struct gnttab_get_version op;
	struct domain *d;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.dom != DOMID_SELF && op.dom != current_domain()->id) {
		if (!current_domain()->privileged)
			return -EPERM;
		d = domain_get(op.dom);
		if (!d)
			return -ESRCH;
		domain_put(d);
	}
	op.version = 1;
	return hc_copy_out(gva, &op);
}

/* Those that are made of one operation. */
static bool is_single(unsigned long cmd)
{
	return cmd == GNTTABOP_setup_table || cmd == GNTTABOP_query_size ||
	       cmd == GNTTABOP_set_version || cmd == GNTTABOP_get_version;
}

/*
 * What belongs to version 2, and what no guest with ours can use (transfer,
 * dump_table, swap_grant_ref, cache_flush), is -ENOSYS.
 */
long hc_grant_table_op(struct hc_args *a)
{
	size_t size = size_of_op(a->arg[0]);

	if (a->arg[2] > INT32_MAX || (is_single(a->arg[0]) && a->arg[2] != 1))
		return -EINVAL;
	if (size)
		return do_array(a, size);
	switch (a->arg[0]) {
	case GNTTABOP_set_version:
		return set_version(a->arg[1]);
	case GNTTABOP_get_version:
		return get_version(a->arg[1]);
	default:
		return -ENOSYS;
	}
}
