/* SPDX-License-Identifier: MIT */
/*
 * domctl: what the initial domain's tools do to another domain. ABI 6.3.
 * Everyone else gets -EPERM, a wrong interface version -EACCES.
 */
#include "hypercall/control.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"

void control_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	struct vcpu *v = d->vcpus[0];

	memset(info, 0, sizeof(*info));
	info->domain = (domid_t)d->id;
	if (d->dying)
		info->flags |= XEN_DOMINF_dying;
	if (d->shut_down)
		info->flags |= XEN_DOMINF_shutdown |
			       (u32)d->shutdown_code << XEN_DOMINF_shutdownshift;
	if (d->paused)
		info->flags |= XEN_DOMINF_paused;
	if (v && (v->why_stopped & (VCPU_BLOCKED | VCPU_POLLING)))
		info->flags |= XEN_DOMINF_blocked;
	if (v && v == current_vcpu())
		info->flags |= XEN_DOMINF_running;
	info->tot_pages = d->mm.nr_frames;
	info->max_pages = d->mm.max_frames;
	info->shared_info_frame = d->shared ? va_to_mfn(d->shared).v : 0;
	info->nr_online_vcpus = d->nr_vcpus;
	info->max_vcpu_id = d->nr_vcpus ? d->nr_vcpus - 1 : XEN_INVALID_MAX_VCPU_ID;
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		info->cpu_time += d->vcpus[i]->sched.ran_ns;
	memcpy(&info->handle, &d->handle, sizeof(info->handle));
	info->gpaddr_bits = 40;
}

/* getdomaininfo names the first domain at or above the id; ABI 6.3. */
static long get_info(struct hc_args *a, struct xen_domctl *op)
{
	struct domain *d = domain_get_next(op->domain);
	bool exact;

	if (!d)
		return -ESRCH;
	exact = d->id == op->domain;
	if (exact) {
		control_domain_info(d, &op->u.getdomaininfo);
		op->domain = (domid_t)d->id;
	}
	domain_put(d);
	if (!exact)
		return -ESRCH;
	return hc_copy_out(a->arg[0], op);
}

/*
 * A domain's weight, as the credit2 scheduler's: a share, not a priority, is
 * what ours are too. There are no caps.
 */
static long scheduler_op(struct hc_args *a, struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_sched_credit2 *c = &op->u.scheduler_op.u.credit2;

	if (op->u.scheduler_op.sched_id != XEN_SCHEDULER_CREDIT2)
		return -EINVAL;
	switch (op->u.scheduler_op.cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		*c = (struct xen_domctl_sched_credit2){ .weight = (u16)d->weight };
		return hc_copy_out(a->arg[0], op);
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (c->cap)
			return -EINVAL;
		if (!c->weight) /* leave it as it is */
			return 0;
		d->weight = c->weight;
		for (unsigned int i = 0; i < d->nr_vcpus; i++)
			sched_set_weight(d->vcpus[i], c->weight);
		return 0;
	default:
		return -EINVAL;
	}
}

static long destroy(struct domain *d)
{
	struct vcpu *caller = current_vcpu();
	int rc;

	do {
		caller->work.budget = MM_WORK_BUDGET;
		rc = domain_destroy(d, &caller->work);
	} while (rc == -ERESTART && !hc_preempt());
	return rc == -ERESTART ? hc_restart() : rc;
}

long hc_domctl(struct hc_args *a)
{
	struct xen_domctl op;
	struct domain *d;
	long rc = 0;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&op, a->arg[0]))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd == XEN_DOMCTL_getdomaininfo)
		return get_info(a, &op);
	d = domain_get(op.domain);
	if (!d)
		return -ESRCH;
	switch (op.cmd) {
	case XEN_DOMCTL_destroydomain:
		rc = d->privileged ? -EINVAL : destroy(d);
		if (!rc)
			domain_rebuild_when_gone(d);
		break;
	case XEN_DOMCTL_pausedomain:
		if (d == current_domain())
			rc = -EINVAL;
		else
			domain_pause(d);
		break;
	case XEN_DOMCTL_unpausedomain:
		rc = d->paused ? (domain_unpause(d), 0) : -EINVAL;
		break;
	case XEN_DOMCTL_scheduler_op:
		rc = scheduler_op(a, d, &op);
		break;
	default:
		rc = -ENOSYS;
	}
	domain_put(d);
	/* Only now is all of a destroyed one's memory free. */
	domain_reap();
	return rc;
}
