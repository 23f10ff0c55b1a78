/* SPDX-License-Identifier: MIT */
/* What the event channels' two files share; nobody else includes it. */
#ifndef DOMAIN_EVTCHN_PORT_H
#define DOMAIN_EVTCHN_PORT_H

#include "domain/evtchn.h"

/* A port's channel; NULL if the number is bad or its page isn't there. Lock held. */
struct evtchn *evtchn_of(const struct domain *d, evtchn_port_t port);

/* Set a port's pending bit and tell its vcpu, and who polls. A lock that keeps d's port. */
void evtchn_set_pending(struct domain *d, evtchn_port_t port, unsigned int vcpu);

/**
 * Whom an op's domid means, if the caller may ask: itself always, others if it
 * is privileged. 0, -EPERM, -ESRCH; give *d back with evtchn_target_put().
 */
long evtchn_target(struct domain *caller, domid_t dom, struct domain **d) __must_check;
void evtchn_target_put(const struct domain *caller, struct domain *d);

#endif
