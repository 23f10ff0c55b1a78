/* SPDX-License-Identifier: MIT */
/* Three domains with event channels, and short names for the operations. */
#ifndef TEST_UNIT_EVTCHN_MACHINE_H
#define TEST_UNIT_EVTCHN_MACHINE_H

#include "domain/domain.h"

#define NR_DOMAINS 3

extern struct domain doms[NR_DOMAINS];
extern struct vcpu vcpus[NR_DOMAINS];
extern struct shared_info shared[NR_DOMAINS];
extern bool absent[NR_DOMAINS];	/* domain_get() doesn't find it */
/* References held; calls of vcpu_kick() and so on; heap pages held and left. */
extern unsigned int nr_refs, kicks, poll_kicks, resumes, nr_pages, pages_left;

void machine_setup(void);
/* Also checks that everything was given back. */
void machine_teardown(void);

/* Domain number d opens a port: its number, or -errno. */
long port_alloc(unsigned int d, domid_t dom, domid_t remote);
long port_bind(unsigned int d, domid_t remote, evtchn_port_t port);
long port_bind_virq(unsigned int d, u32 virq, u32 vcpu);
long port_bind_ipi(unsigned int d);
struct evtchn_status port_status(unsigned int d, evtchn_port_t port);
/* Clear its pending bit; whether it was set. */
bool port_take(unsigned int d, evtchn_port_t port);
/* As a guest does once it has looked at everything. */
void domain_quiet(unsigned int d);

#endif
