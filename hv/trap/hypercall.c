/* SPDX-License-Identifier: MIT */
/*
 * From int 0x82 to a handler and back. ABI 1.7: only the result register
 * changes, nothing is pushed to the guest's stack.
 */
#include "domain/trace.h"
#include "hypercall/hypercall.h"
#include "trap/step.h"
#include "trap/trap.h"

#define HC_ENTRY(nr, name, n32, n64, who, what) [nr] = hc_##name,
const hypercall_fn hypercall_table[NR_HYPERCALLS] = { HYPERCALLS(HC_ENTRY) };
#undef HC_ENTRY

_Static_assert(offsetof(struct regs, ax) == sizeof(struct hc_args),
	       "the frame begins with the six arguments");

/*
 * Before anything else: a long operation that the guest didn't continue is
 * dropped, and tables still to be taken apart are.
 */
static bool finish_old_work(struct vcpu *v, unsigned long nr)
{
	if (v->work_op && v->work_op != nr + 1) {
		table_abandon(&v->domain->mm, &v->work);
		v->work_op = 0;
	}
	v->work.budget = MM_WORK_BUDGET;
	return hc_drain(v) == 0;
}

/* A number without a handler. Of its own, so that the usual way needs no register more. */
static void __attribute__((noinline)) refuse(struct regs *r)
{
	trace_hypercall(r, TRACE_NO_HYPERCALL, ((const struct hc_args *)r)->arg);
	r->ax = (unsigned long)-ENOSYS;
}

/*
 * [tour: hypercall 3] One look into a table, with a number that is checked
 * first. A handler that can't finish returns HC_RESTART, and the guest makes
 * the same call again without knowing.
 */
void hypercall_dispatch(struct regs *r)
{
	struct vcpu *v = current_vcpu();
	unsigned long nr = r->ax;
	long rc;

	if (step_call(r)) {
		r->ip -= HYPERCALL_INSN_BYTES;
		return;
	}
	v->nr_traps[1]++;
	if (nr >= NR_HYPERCALLS || !hypercall_table[nr]) {
		refuse(r);
		return;
	}
	trace_hypercall(r, nr, ((const struct hc_args *)r)->arg);
	if (unlikely(v->work_op || v->domain->mm.release) && !finish_old_work(v, nr)) {
		r->ip -= HYPERCALL_INSN_BYTES;
		return;
	}
	rc = hypercall_table[nr]((struct hc_args *)r);
	if (unlikely(rc == HC_RESTART)) {
		v->work_op = (u32)nr + 1;
		r->ip -= HYPERCALL_INSN_BYTES;
		return;
	}
	v->work_op = 0;
	if (unlikely(v->work.root))
		table_abandon(&v->domain->mm, &v->work);
	if (likely(rc != HC_NO_RESULT))
		r->ax = (unsigned long)rc;
}
