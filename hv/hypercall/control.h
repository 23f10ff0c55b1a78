/* SPDX-License-Identifier: MIT */
/* What sysctl and domctl share. */
#ifndef HYPERCALL_CONTROL_H
#define HYPERCALL_CONTROL_H

#include "domain/domain.h"

#include <xen/domctl.h>
#include <xen/sysctl.h>

/* Fill the tools' view of a domain. ABI 6.3. */
void control_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);
/*
 * tbuf.c: tbuf_op of the initial domain. 0; -EINVAL: unknown, a size of 0 or too
 * large, or no buffer to enable; -EBUSY: it has a size; -ENOMEM.
 */
long control_tbuf(struct domain *d, struct xen_sysctl_tbuf_op *op);

#endif
