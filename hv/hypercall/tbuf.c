/* SPDX-License-Identifier: MIT */
/*
 * sysctl's tbuf_op: how xentrace in the initial domain gets at the trace ring.
 * It is told where t_info lies, maps it and the pages listed there (mmu_update
 * on behalf of DOMID_XEN), and is woken by VIRQ_TBUF. xen/sysctl.h, xen/trace.h.
 */
#include "hypercall/control.h"
#include "lib/errno.h"
#include "platform/trace.h"

#include <xen/trace.h>

/*
 * Let the initial domain map what it is told of. The pages become its own in
 * mm's books; it never dies, so nobody has to take them back.
 */
static void share_buffers(struct domain *d)
{
	static bool shared;
	u32 nr_info, nr_pages;
	char *info = trace_info(&nr_info), *buffer = trace_buffer(&nr_pages);

	if (shared || !info)
		return;
	shared = true;
	for (u32 i = 0; i < nr_info; i++)
		mm_share_page(&d->mm, info + i * PAGE_SIZE);
	for (u32 i = 0; i < nr_pages; i++)
		mm_share_page(&d->mm, buffer + i * PAGE_SIZE);
}

/* Xen's masks name classes and, in their low bits, subclasses of events. */
static bool wants_ours(u32 evt_mask)
{
	return (evt_mask & TRACE_EVENTS) == TRACE_EVENTS;
}

static long get_info(struct domain *d, struct xen_sysctl_tbuf_op *op)
{
	u32 nr_info;
	void *info = trace_info(&nr_info);

	share_buffers(d);
	op->evt_mask = trace_mask ? TRC_ALL : 0;
	op->buffer_mfn = info ? va_to_mfn(info).v : 0;
	op->size = nr_info * (u32)PAGE_SIZE;
	return 0;
}

long control_tbuf(struct domain *d, struct xen_sysctl_tbuf_op *op)
{
	switch (op->cmd) {
	case XEN_SYSCTL_TBUFOP_get_info:
		return get_info(d, op);
	case XEN_SYSCTL_TBUFOP_set_cpu_mask: /* there is one CPU */
		return 0;
	case XEN_SYSCTL_TBUFOP_set_evt_mask:
		trace_set_mask(wants_ours(op->evt_mask) ? ~0u : 0);
		return 0;
	case XEN_SYSCTL_TBUFOP_set_size:
		return trace_set_size(op->size);
	case XEN_SYSCTL_TBUFOP_enable:
		return trace_enable(true);
	case XEN_SYSCTL_TBUFOP_disable:
		return trace_enable(false);
	default:
		return -EINVAL;
	}
}
