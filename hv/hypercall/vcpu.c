// SPDX-License-Identifier: MIT
/*
 * vcpu_op: a vcpu's timers, accounts, info and state. Called by trap/hypercall.c;
 * calls domain/sched.c and vcpu_time.c. ABI 2.3, 5.2; xen/vcpu.h.
 */
#include "hypercall/hypercall.h"
#include "lib/errno.h"

static long op_set_singleshot(struct vcpu *v, unsigned long gva)
{
	struct vcpu_set_singleshot_timer op;

	if (v != current_vcpu())
		return -EINVAL;
	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return vcpu_set_singleshot(v, op.timeout_abs_ns, op.flags & VCPU_SSHOTTMR_future);
}

static long op_stop_singleshot(struct vcpu *v)
{
	if (v != current_vcpu())
		return -EINVAL;
	vcpu_stop_singleshot(v);
	return 0;
}

static long op_set_periodic(struct vcpu *v, unsigned long gva)
{
	struct vcpu_set_periodic_timer op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return vcpu_set_periodic(v, op.period_ns);
}

static long op_get_runstate(struct vcpu *v, unsigned long gva)
{
	struct vcpu_runstate_info info;

	vcpu_read_runstate(v, &info);
	return hc_copy_out(gva, &info);
}

/*
 * Remember where the guest wants its accounts, and put them there a first
 * time. A page that isn't there now may be later: that is no error.
 */
static long op_register_runstate(struct vcpu *v, unsigned long gva)
{
	struct vcpu_register_runstate_memory_area op;
	unsigned long area;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	area = (unsigned long)op.addr.v;
	if (!arch_guest_range_ok(area, sizeof(v->runstate)))
		return -EFAULT;
	v->runstate_gva = area;
	if (v == current_vcpu())
		vcpu_write_runstate(v);
	return 0;
}

static long op_register_info(struct vcpu *v, unsigned long gva)
{
	struct vcpu_register_vcpu_info op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (v != current_vcpu())
		return -EINVAL;
	return vcpu_register_info(v, op.mfn, op.offset);
}

/* The builder starts a domain's one vcpu, so it is too late for any context. */
static long op_initialise(unsigned long gva)
{
	u8 context;

	/* Looked at no further than to tell a wrong pointer from a wrong call. */
	if (hc_copy_in(&context, gva))
		return -EFAULT;
	return -EEXIST;
}

/*
 * The last vcpu that goes down can't be brought up by anybody: that is the
 * domain's end, and its owner had better hear of it.
 */
static long op_down(struct vcpu *v)
{
	vcpu_stop(v, VCPU_DOWN);
	domain_shutdown(v->domain, SHUTDOWN_poweroff);
	return 0;
}

/* Which CPU it is tied to: to the first and only one. */
static long op_get_physid(unsigned long gva)
{
	struct vcpu_get_physid op = { .phys_id = 0 };

	if (!current_domain()->privileged)
		return -EINVAL;
	return hc_copy_out(gva, &op);
}

long hc_vcpu_op(struct hc_args *a)
{
	struct domain *d = current_domain();
	unsigned long gva = a->arg[2];
	struct vcpu *v;

	/* Linux counts its CPUs by asking until this says no. */
	if (a->arg[1] >= d->nr_vcpus)
		return -ENOENT;
	v = d->vcpus[a->arg[1]];
	switch (a->arg[0]) {
	case VCPUOP_initialise:
		return op_initialise(gva);
	case VCPUOP_up: /* it makes this call, so it is */
		return 0;
	case VCPUOP_down:
		return op_down(v);
	case VCPUOP_register_vcpu_info:
		return op_register_info(v, gva);
	case VCPUOP_is_up:
		return !(READ_ONCE(v->why_stopped) & VCPU_DOWN);
	case VCPUOP_get_runstate_info:
		return op_get_runstate(v, gva);
	case VCPUOP_register_runstate_memory_area:
		return op_register_runstate(v, gva);
	case VCPUOP_set_periodic_timer:
		return op_set_periodic(v, gva);
	case VCPUOP_stop_periodic_timer:
		vcpu_stop_periodic(v);
		return 0;
	case VCPUOP_set_singleshot_timer:
		return op_set_singleshot(v, gva);
	case VCPUOP_stop_singleshot_timer:
		return op_stop_singleshot(v);
	case VCPUOP_get_physid:
		return op_get_physid(gva);
	default:
		return -ENOSYS;
	}
}
