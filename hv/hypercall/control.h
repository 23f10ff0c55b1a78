/* SPDX-License-Identifier: MIT */
/* What sysctl and domctl share. */
#ifndef HYPERCALL_CONTROL_H
#define HYPERCALL_CONTROL_H

#include "domain/domain.h"

#include <xen/domctl.h>

/* Fill the tools' view of a domain. ABI 6.3. */
void control_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

#endif
