/* SPDX-License-Identifier: MIT */
/*
 * multicall: a list of calls in one entry. ABI 2.2: an entry is eight native
 * words: number, result, six arguments; each entry's result is written back.
 *
 * If an entry must restart, its changed arguments go back to the list, and the
 * multicall restarts at that entry.
 */
#include "hypercall/hypercall.h"

struct entry {
	unsigned long op, result;
	struct hc_args args;
};

_Static_assert(sizeof(struct entry) == sizeof(struct multicall_entry), "ABI: multicall_entry");

static long call_one(struct entry *e)
{
	/* No call that leaves the list's control flow, and no list in a list. */
	if (e->op >= NR_HYPERCALLS || !hypercall_table[e->op])
		return -ENOSYS;
	if (e->op == __HYPERVISOR_multicall || e->op == __HYPERVISOR_iret)
		return -EINVAL;
	return hypercall_table[e->op](&e->args);
}

/*
 * [tour: hypercall 10] Several calls for the price of one entry. A guest's
 * context switch is the usual case: new stack, new root, and a few descriptors.
 */
long hc_multicall(struct hc_args *a)
{
	struct entry e;

	for (; a->arg[1]; a->arg[0] += sizeof(e), a->arg[1]--) {
		if (hc_copy_in(&e, a->arg[0]))
			return -EFAULT;
		e.result = (unsigned long)call_one(&e);
		if ((long)e.result == HC_RESTART)
			return hc_copy_out(a->arg[0] + offsetof(struct entry, args), &e.args)
				       ? -EFAULT
				       : hc_restart();
		if (copy_to_guest(a->arg[0] + offsetof(struct entry, result), &e.result,
				  sizeof(e.result)))
			return -EFAULT;
		/* A call may have stopped the caller (shutdown, block): let it stop. */
		if (a->arg[1] > 1 && hc_preempt()) {
			a->arg[0] += sizeof(e);
			a->arg[1]--;
			return hc_restart();
		}
	}
	return 0;
}
