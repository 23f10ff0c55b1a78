// SPDX-License-Identifier: MIT
/*
 * sched_op and set_timer_op. Called by trap/hypercall.c; calls domain/sched.c,
 * vcpu_time.c and domain_shutdown(). ABI 5.2, 5.4; xen/sched.h.
 */
#include "hypercall/hypercall.h"
#include "lib/errno.h"

static long op_shutdown(unsigned long gva)
{
	struct sched_shutdown op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.reason > SHUTDOWN_MAX)
		return -EINVAL;
	/* Nobody could bring it back. Linux takes an error for "cancelled", and goes on. */
	if (op.reason == SHUTDOWN_suspend)
		return -ENOSYS;
	domain_shutdown(current_domain(), (u8)op.reason);
	return 0;
}

/* The reason to give when something else, a crash perhaps, ends the domain. */
static long op_shutdown_code(unsigned long gva)
{
	struct domain *d = current_domain();
	struct sched_shutdown op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.reason > SHUTDOWN_MAX)
		return -EINVAL;
	d->shutdown_code = (u8)op.reason;
	d->code_announced = true;
	return 0;
}

/* Tie the vcpu to a CPU, or (negative) let it loose: there is the one. */
static long op_pin_override(unsigned long gva)
{
	struct sched_pin_override op;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return op.pcpu <= 0 ? 0 : -EINVAL;
}

static long op_remote_shutdown(unsigned long gva)
{
	struct sched_remote_shutdown op;
	struct domain *d;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.reason > SHUTDOWN_MAX || op.reason == SHUTDOWN_suspend)
		return -EINVAL;
	d = domain_get(op.domain_id);
	if (!d)
		return -ESRCH;
	domain_shutdown(d, (u8)op.reason);
	domain_put(d);
	return 0;
}

static long op_poll(unsigned long gva)
{
	evtchn_port_t ports[SCHED_MAX_POLL_PORTS];
	struct sched_poll op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.nr_ports > SCHED_MAX_POLL_PORTS)
		return -EINVAL;
	if (op.nr_ports &&
	    copy_from_guest(ports, hc_handle_gva(op.ports), op.nr_ports * sizeof(ports[0])))
		return -EFAULT;
	return sched_poll(ports, op.nr_ports, op.timeout);
}

long hc_sched_op(struct hc_args *a)
{
	/* Who gives the CPU away has said what it had to say: a prompt, perhaps. */
	console_guest_flush(current_domain()->id);
	switch (a->arg[0]) {
	case SCHEDOP_yield:
		return sched_yield();
	case SCHEDOP_block:
		return sched_block();
	case SCHEDOP_shutdown:
		return op_shutdown(a->arg[1]);
	case SCHEDOP_shutdown_code:
		return op_shutdown_code(a->arg[1]);
	case SCHEDOP_pin_override:
		return op_pin_override(a->arg[1]);
	case SCHEDOP_poll:
		return op_poll(a->arg[1]);
	case SCHEDOP_remote_shutdown:
		return op_remote_shutdown(a->arg[1]);
	default:
		return -ENOSYS;
	}
}

long hc_set_timer_op(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	u64 deadline_ns = hc_timer_ns(a);

	if (deadline_ns)
		return vcpu_set_singleshot(v, deadline_ns, false);
	vcpu_stop_singleshot(v);
	return 0;
}
