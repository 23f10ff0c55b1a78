/* SPDX-License-Identifier: MIT */
/*
 * What long hypercalls share: preemption points, preparing a tree of tables,
 * taking apart the tables that a call let go.
 */
#include "hypercall/hypercall.h"

/*
 * [tour: hypercall 8] Nothing a guest asks for may take long with interrupts
 * off. Between items a handler lets them in, and if that woke somebody of more
 * right, gives up the CPU.
 */
bool hc_preempt(void)
{
	arch_irq_window();
	return sched_is_requested();
}

int hc_drain(struct vcpu *v)
{
	struct mm_domain *md = &v->domain->mm;

	/* On what the caller has left of its budget first. */
	while (md->release && table_drain(md, &v->work)) {
		if (hc_preempt())
			return -ERESTART;
		v->work.budget = MM_WORK_BUDGET;
	}
	return 0;
}

int hc_long_table_get(struct vcpu *v, mfn_t mfn, enum frame_type type)
{
	int rc;

	do {
		v->work.budget = MM_WORK_BUDGET;
		rc = table_get(&v->domain->mm, mfn, type, &v->work);
	} while (rc == -ERESTART && !hc_preempt());
	return rc;
}
