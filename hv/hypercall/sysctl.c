/* SPDX-License-Identifier: MIT */
/*
 * sysctl: what the initial domain's tools ask of the machine. ABI 6.3.
 * Everyone else gets -EPERM, a wrong interface version -EACCES.
 */
#include "hypercall/control.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"

#include <xen/sysctl.h>

static long domain_list(struct xen_sysctl_getdomaininfolist *op)
{
	unsigned int next = op->first_domain;
	unsigned long gva = hc_handle_gva(op->buffer);
	struct xen_domctl_getdomaininfo info;

	for (op->num_domains = 0; op->num_domains < op->max_domains; op->num_domains++) {
		struct domain *d = domain_get_next(next);

		if (!d)
			break;
		control_domain_info(d, &info);
		next = d->id + 1;
		domain_put(d);
		if (copy_to_guest(gva + op->num_domains * sizeof(info), &info, sizeof(info)))
			return -EFAULT;
	}
	return 0;
}

static long debug_keys(const struct xen_sysctl_debug_keys *op)
{
	char c;

	for (u32 i = 0; i < op->nr_keys && i < 128; i++) {
		if (copy_from_guest(&c, hc_handle_gva(op->keys) + i, 1))
			return -EFAULT;
		console_monitor_key(c);
	}
	return 0;
}

static long physinfo(struct xen_sysctl_physinfo *info)
{
	memset(info, 0, sizeof(*info));
	info->threads_per_core = info->cores_per_socket = 1;
	info->nr_cpus = 1;
	info->nr_nodes = 1;
	info->cpu_khz = time_tsc_khz();
	info->capabilities = XEN_SYSCTL_PHYSCAP_pv;
	info->total_pages = frames_nr_total();
	info->free_pages = frames_nr_free();
	return 0;
}

long hc_sysctl(struct hc_args *a)
{
	struct xen_sysctl op;
	long rc;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&op, a->arg[0]))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	switch (op.cmd) {
	case XEN_SYSCTL_getdomaininfolist:
		rc = domain_list(&op.u.getdomaininfolist);
		break;
	case XEN_SYSCTL_debug_keys:
		return debug_keys(&op.u.debug_keys);
	case XEN_SYSCTL_tbuf_op:
		rc = control_tbuf(current_domain(), &op.u.tbuf_op);
		break;
	case XEN_SYSCTL_physinfo:
		rc = physinfo(&op.u.physinfo);
		break;
	case XEN_SYSCTL_sched_id:
		/* What domctl's scheduler_op speaks. */
		op.u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
		rc = 0;
		break;
	default:
		return -ENOSYS;
	}
	if (!rc && hc_copy_out(a->arg[0], &op))
		rc = -EFAULT;
	return rc;
}
