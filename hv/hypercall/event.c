// SPDX-License-Identifier: MIT
/*
 * event_channel_op: unpack, check, call domain/evtchn*.c, copy back.
 * Called by trap/hypercall.c. ABI 5.3; xen/event_channel.h.
 */
#include "hypercall/hypercall.h"
#include "lib/errno.h"

/* FIFO channels are -ENOSYS all of them: Linux stays with 2-level only then. */

#define OP_WITH_RESULT(type, call)                       \
	do {                                             \
		struct type op;                          \
		long rc;                                 \
		if (hc_copy_in(&op, gva))                \
			return -EFAULT;                  \
		rc = call(d, &op);                       \
		if (!rc && hc_copy_out(gva, &op))        \
			rc = -EFAULT;                    \
		return rc;                               \
	} while (0)

#define OP_ON_PORT(type, ...)                            \
	do {                                             \
		struct type op;                          \
		if (hc_copy_in(&op, gva))                \
			return -EFAULT;                  \
		return __VA_ARGS__;                      \
	} while (0)

long hc_event_channel_op(struct hc_args *a)
{
	struct domain *d = current_domain();
	unsigned long gva = a->arg[1];

	switch (a->arg[0]) {
	case EVTCHNOP_send: /* by far the most frequent one */
		OP_ON_PORT(evtchn_send, evtchn_send(d, op.port));
	case EVTCHNOP_alloc_unbound:
		OP_WITH_RESULT(evtchn_alloc_unbound, evtchn_alloc_unbound);
	case EVTCHNOP_bind_interdomain:
		OP_WITH_RESULT(evtchn_bind_interdomain, evtchn_bind_interdomain);
	case EVTCHNOP_bind_virq:
		OP_WITH_RESULT(evtchn_bind_virq, evtchn_bind_virq);
	case EVTCHNOP_bind_pirq:
		OP_WITH_RESULT(evtchn_bind_pirq, evtchn_bind_pirq);
	case EVTCHNOP_bind_ipi:
		OP_WITH_RESULT(evtchn_bind_ipi, evtchn_bind_ipi);
	case EVTCHNOP_status:
		OP_WITH_RESULT(evtchn_status, evtchn_status);
	case EVTCHNOP_close:
		OP_ON_PORT(evtchn_close, evtchn_close(d, op.port));
	case EVTCHNOP_unmask:
		OP_ON_PORT(evtchn_unmask, evtchn_unmask(d, op.port));
	case EVTCHNOP_bind_vcpu:
		OP_ON_PORT(evtchn_bind_vcpu, evtchn_bind_vcpu(d, op.port, op.vcpu));
	case EVTCHNOP_reset:
		OP_ON_PORT(evtchn_reset, evtchn_reset(d, op.dom));
	default:
		return -ENOSYS;
	}
}
