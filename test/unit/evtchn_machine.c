/* SPDX-License-Identifier: MIT */
/*
 * Three domains and the neighbours that event channels need; for the tests
 * test_evtchn.c and test_evtchn_random.c. See evtchn_machine.h.
 */
#include "evtchn_machine.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

struct domain doms[NR_DOMAINS];
struct vcpu vcpus[NR_DOMAINS];
struct shared_info shared[NR_DOMAINS];
bool absent[NR_DOMAINS];
unsigned int nr_refs, kicks, poll_kicks, resumes, pages_left;
unsigned int nr_pages;

struct domain *domain_get(unsigned int domid)
{
	if (domid == DOMID_SELF)
		ck_abort_msg("DOMID_SELF is the caller's affair");
	if (domid >= NR_DOMAINS || absent[domid])
		return NULL;
	nr_refs++;
	return &doms[domid];
}

void domain_put(struct domain *d)
{
	ck_assert_ptr_nonnull(d);
	nr_refs--;
}

void *heap_alloc_pages(unsigned int nr)
{
	if (!pages_left)
		return NULL;
	pages_left--;
	nr_pages += nr;
	return calloc(nr, PAGE_SIZE);
}

void heap_free_pages(void *va, unsigned int nr)
{
	nr_pages -= nr;
	pages_left++;
	free(va);
}

void vcpu_kick(struct vcpu *v)
{
	(void)v;
	kicks++;
}

void vcpu_kick_pollers(struct domain *d, u32 port)
{
	ck_assert(evtchn_is_pending(d, port));
	poll_kicks++;
}

void vcpu_resume_periodic(struct vcpu *v)
{
	ck_assert_uint_ne(v->virq_port[VIRQ_TIMER], 0);
	resumes++;
}

/* Lines of devices: none. */
long pirq_bind(struct domain *d, u32 pirq, evtchn_port_t port)
{
	(void)pirq;
	(void)port;
	return d->privileged ? 0 : -EPERM;
}

void pirq_release(u32 pirq)
{
	(void)pirq;
}

void machine_setup(void)
{
	memset(doms, 0, sizeof(doms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(shared, 0, sizeof(shared));
	memset(absent, 0, sizeof(absent));
	nr_refs = nr_pages = kicks = poll_kicks = resumes = 0;
	pages_left = 1000;
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		doms[i].id = i;
		doms[i].privileged = i == 0;
		doms[i].nr_vcpus = 1;
		doms[i].vcpus[0] = &vcpus[i];
		doms[i].shared = &shared[i];
		vcpus[i].domain = &doms[i];
		vcpus[i].info = &shared[i].vcpu_info[0];
		ck_assert_int_eq(evtchn_table_init(&doms[i]), 0);
	}
}

void machine_teardown(void)
{
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		evtchn_table_destroy(&doms[i]);
		ck_assert(!doms[i].evtchns.lock.held);
	}
	ck_assert_uint_eq(nr_pages, 0);
	ck_assert_uint_eq(nr_refs, 0);
}

long port_alloc(unsigned int d, domid_t dom, domid_t remote)
{
	struct evtchn_alloc_unbound op = { .dom = dom, .remote_dom = remote };
	long rc = evtchn_alloc_unbound(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

long port_bind(unsigned int d, domid_t remote, evtchn_port_t port)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = port };
	long rc = evtchn_bind_interdomain(&doms[d], &op);

	return rc ? rc : (long)op.local_port;
}

long port_bind_virq(unsigned int d, u32 virq, u32 vcpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
	long rc = evtchn_bind_virq(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

long port_bind_ipi(unsigned int d)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	long rc = evtchn_bind_ipi(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

struct evtchn_status port_status(unsigned int d, evtchn_port_t port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

	ck_assert_int_eq(evtchn_status(&doms[d], &op), 0);
	return op;
}

bool port_take(unsigned int d, evtchn_port_t port)
{
	return test_and_clear_bit(port, shared[d].evtchn_pending);
}

/* As a guest does once it has looked at everything. */
void domain_quiet(unsigned int d)
{
	memset(shared[d].evtchn_pending, 0, sizeof(shared[d].evtchn_pending));
	vcpus[d].info->evtchn_pending_sel = 0;
	vcpus[d].info->evtchn_upcall_pending = 0;
}
