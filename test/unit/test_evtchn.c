/* SPDX-License-Identifier: MIT */
/*
 * SOURCES: hv/domain/evtchn.c hv/domain/evtchn_bind.c
 *
 * Event channels of three domains under random operations, against a model
 * that knows only what the ABI says; and the rules one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/domain.h"
#include "harness.h"

#define NR_DOMAINS 3
#define NR_TEST_PORTS 24 /* small, so that they meet */

/* ---- what evtchn.c needs of its neighbours ---- */

static struct domain doms[NR_DOMAINS];
static struct vcpu vcpus[NR_DOMAINS];
static struct shared_info shared[NR_DOMAINS];
static bool absent[NR_DOMAINS];
static unsigned int nr_pages, nr_refs, kicks, poll_kicks, resumes;
static unsigned int pages_left;

struct domain *domain_get(unsigned int domid)
{
	ck_assert_uint_ne(domid, DOMID_SELF);
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

static void setup(void)
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

static void teardown(void)
{
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		evtchn_table_destroy(&doms[i]);
		ck_assert(!doms[i].evtchns.lock.held);
	}
	ck_assert_uint_eq(nr_pages, 0);
	ck_assert_uint_eq(nr_refs, 0);
}

/* ---- helpers ---- */

static long alloc(unsigned int d, domid_t dom, domid_t remote)
{
	struct evtchn_alloc_unbound op = { .dom = dom, .remote_dom = remote };
	long rc = evtchn_alloc_unbound(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

static long bind(unsigned int d, domid_t remote, evtchn_port_t port)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = port };
	long rc = evtchn_bind_interdomain(&doms[d], &op);

	return rc ? rc : (long)op.local_port;
}

static long bind_virq(unsigned int d, u32 virq, u32 vcpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
	long rc = evtchn_bind_virq(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

static long bind_ipi(unsigned int d)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };
	long rc = evtchn_bind_ipi(&doms[d], &op);

	return rc ? rc : (long)op.port;
}

static struct evtchn_status status(unsigned int d, evtchn_port_t port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

	ck_assert_int_eq(evtchn_status(&doms[d], &op), 0);
	return op;
}

static bool take(unsigned int d, evtchn_port_t port)
{
	return test_and_clear_bit(port, shared[d].evtchn_pending);
}

/* As a guest does once it has looked at everything. */
static void quiet(unsigned int d)
{
	memset(shared[d].evtchn_pending, 0, sizeof(shared[d].evtchn_pending));
	vcpus[d].info->evtchn_pending_sel = 0;
	vcpus[d].info->evtchn_upcall_pending = 0;
}

/* ---- the rules, one by one ---- */

START_TEST(ports_come_lowest_first_and_never_zero)
{
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 2);
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(evtchn_close(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_send(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_unmask(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], 0, 0), -EINVAL);
	ck_assert_int_eq(bind(0, 1, 0), -EINVAL);
}
END_TEST

START_TEST(numbers_beyond_the_table_are_refused)
{
	static const u32 bad[] = { EVTCHN_MAX_PORTS, EVTCHN_MAX_PORTS + 1, 0x7fffffff,
				   0x80000000, 0xffffffff };
	struct evtchn_status op = { .dom = DOMID_SELF };

	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(evtchn_send(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_close(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_unmask(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], bad[i], 0), -EINVAL);
		ck_assert_int_eq(bind(0, 1, bad[i]), -EINVAL);
		op.port = bad[i];
		ck_assert_int_eq(evtchn_status(&doms[1], &op), -EINVAL);
		ck_assert(!evtchn_is_pending(&doms[1], bad[i]));
	}
}
END_TEST

START_TEST(table_fills_up)
{
	for (unsigned int i = 1; i < EVTCHN_MAX_PORTS; i++)
		ck_assert_int_eq(alloc(2, DOMID_SELF, 0), i);
	ck_assert_int_eq(alloc(2, DOMID_SELF, 0), -ENOSPC);
	ck_assert_int_eq(bind_ipi(2), -ENOSPC);
	ck_assert_int_eq(evtchn_reset(&doms[2], DOMID_SELF), 0);
	ck_assert_int_eq(bind_ipi(2), 1);
}
END_TEST

START_TEST(no_memory_is_said)
{
	pages_left = 0;
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), -ENOMEM);
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 0), -ENOMEM);
	ck_assert_uint_eq(vcpus[1].virq_port[VIRQ_TIMER], 0);
}
END_TEST

START_TEST(binding_joins_and_raises_the_binder_once)
{
	struct evtchn_status s;

	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(bind(0, 1, 1), 1);
	ck_assert(take(0, 1));
	ck_assert(!take(1, 1));
	s = status(0, 1);
	ck_assert_uint_eq(s.status, EVTCHNSTAT_interdomain);
	ck_assert_uint_eq(s.u.interdomain.dom, 1);
	ck_assert_uint_eq(s.u.interdomain.port, 1);
	s = status(1, 1);
	ck_assert_uint_eq(s.status, EVTCHNSTAT_interdomain);
	ck_assert_uint_eq(s.u.interdomain.dom, 0);
	/* Taken is taken. */
	ck_assert_int_eq(bind(0, 1, 1), -EINVAL);
}
END_TEST

START_TEST(a_channel_meant_for_one_isnt_anothers)
{
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(bind(2, 1, 1), -EINVAL);
	ck_assert_int_eq(bind(2, 7, 1), -ESRCH);
	ck_assert_int_eq(bind(1, DOMID_SELF, 1), -EINVAL);
}
END_TEST

START_TEST(only_the_initial_domain_speaks_for_others)
{
	struct evtchn_status op = { .dom = 1, .port = 1 };

	ck_assert_int_eq(alloc(0, 1, 2), 1);
	ck_assert_int_eq(status(1, 1).u.unbound.dom, 2);
	ck_assert_int_eq(alloc(2, 1, 2), -EPERM);
	ck_assert_int_eq(alloc(0, 9, 2), -ESRCH);
	ck_assert_int_eq(evtchn_status(&doms[2], &op), -EPERM);
	ck_assert_int_eq(evtchn_status(&doms[0], &op), 0);
	ck_assert_int_eq(evtchn_reset(&doms[2], 1), -EPERM);
	/* By its own number it may. */
	ck_assert_int_eq(alloc(2, 2, DOMID_SELF), 1);
	ck_assert_int_eq(status(2, 1).u.unbound.dom, 2);
}
END_TEST

START_TEST(a_domain_may_talk_to_itself)
{
	ck_assert_int_eq(alloc(1, DOMID_SELF, DOMID_SELF), 1);
	ck_assert_int_eq(bind(1, DOMID_SELF, 1), 2);
	quiet(1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert(take(1, 2));
	ck_assert_int_eq(evtchn_send(&doms[1], 2), 0);
	ck_assert(take(1, 1));
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	ck_assert_uint_eq(status(1, 2).status, EVTCHNSTAT_unbound);
	ck_assert_uint_eq(status(1, 2).u.unbound.dom, 1);
}
END_TEST

START_TEST(closing_leaves_the_peer_unbound_for_us)
{
	/* Both orders of domain numbers. */
	for (unsigned int closer = 0; closer < 2; closer++) {
		unsigned int other = !closer;

		setup();
		ck_assert_int_eq(alloc(other, DOMID_SELF, (domid_t)closer), 1);
		ck_assert_int_eq(bind(closer, (domid_t)other, 1), 1);
		ck_assert_int_eq(evtchn_close(&doms[closer], 1), 0);
		ck_assert_int_eq(evtchn_close(&doms[closer], 1), -EINVAL);
		ck_assert_uint_eq(status(other, 1).status, EVTCHNSTAT_unbound);
		ck_assert_uint_eq(status(other, 1).u.unbound.dom, closer);
		/* An event to nobody: lost, and no error. */
		quiet(closer);
		ck_assert_int_eq(evtchn_send(&doms[other], 1), 0);
		ck_assert(!take(closer, 1));
		ck_assert_int_eq(bind(closer, (domid_t)other, 1), 1);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(virq_rules)
{
	ck_assert_int_eq(bind_virq(1, NR_VIRQS, 0), -EINVAL);
	ck_assert_int_eq(bind_virq(1, 0xffffffff, 0), -EINVAL);
	ck_assert_int_eq(bind_virq(1, VIRQ_DOM_EXC, 1), -EINVAL);
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 1), -ENOENT);
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 0), 1);
	ck_assert_uint_eq(resumes, 1);
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 0), -EEXIST);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], 1, 0), -EINVAL);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), -EINVAL);
	evtchn_raise_virq(&vcpus[1], VIRQ_TIMER);
	ck_assert(take(1, 1));
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	evtchn_raise_virq(&vcpus[1], VIRQ_TIMER);
	ck_assert(!take(1, 1));
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 0), 1);
	/* A global one reaches the initial domain and nobody else. */
	ck_assert_int_eq(bind_virq(1, VIRQ_DOM_EXC, 0), 2);
	ck_assert_int_eq(bind_virq(0, VIRQ_DOM_EXC, 0), 1);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[0], 1, 0), 0);
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
	ck_assert(take(0, 1));
	ck_assert(!take(1, 2));
	absent[0] = true;
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
	absent[0] = false;
}
END_TEST

START_TEST(an_event_reaches_an_upcall_unless_masked)
{
	struct vcpu_info *info = vcpus[1].info;

	ck_assert_int_eq(bind_ipi(1), 1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_pending_sel, 1);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
	ck_assert(vcpu_has_upcall(&vcpus[1]));
	ck_assert_uint_eq(kicks, 1);
	ck_assert_uint_eq(poll_kicks, 1);
	/* Pending already: nothing new. */
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(kicks, 1);
	info->evtchn_upcall_mask = 1;
	ck_assert(!vcpu_has_upcall(&vcpus[1]));
	info->evtchn_upcall_mask = 0;
	quiet(1);

	test_and_set_bit(1, shared[1].evtchn_mask);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert(evtchn_is_pending(&doms[1], 1));
	ck_assert_uint_eq(info->evtchn_pending_sel, 0);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
	ck_assert_uint_eq(kicks, 1);
	ck_assert_uint_eq(poll_kicks, 2);
	/* unmask raises it again, once. */
	ck_assert_int_eq(evtchn_unmask(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_pending_sel, 1);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
	ck_assert_uint_eq(kicks, 2);
	quiet(1);
	ck_assert_int_eq(evtchn_unmask(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
}
END_TEST

START_TEST(a_dying_domain_opens_nothing)
{
	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	doms[1].dying = true;
	ck_assert_int_eq(alloc(0, 1, 2), -EINVAL);
	evtchn_table_destroy(&doms[1]);
	ck_assert_int_eq(bind(0, 1, 1), -EINVAL);
	ck_assert_uint_eq(nr_pages, 0);
}
END_TEST

/* ---- random operations against a model ---- */

/* What the ABI says of a port. */
struct model_port {
	unsigned int status; /* EVTCHNSTAT_* */
	unsigned int dom, port, virq;
	bool pending;
};

static struct model_port model[NR_DOMAINS][NR_TEST_PORTS];

static void model_set(unsigned int d, unsigned int port, struct model_port p)
{
	p.pending = false;
	model[d][port] = p;
}

static void model_close(unsigned int d, unsigned int port)
{
	struct model_port *p = &model[d][port], *peer;

	if (p->status == EVTCHNSTAT_interdomain) {
		peer = &model[p->dom][p->port];
		peer->status = EVTCHNSTAT_unbound;
		peer->dom = d;
	}
	*p = (struct model_port){ .status = EVTCHNSTAT_closed };
}

/* The port an open must return, or -1: beyond what the model follows. */
static long model_free(unsigned int d)
{
	for (unsigned int port = 1; port < NR_TEST_PORTS; port++)
		if (model[d][port].status == EVTCHNSTAT_closed)
			return port;
	return -1;
}

static void step_open(unsigned int d, unsigned int other, uint64_t *rng)
{
	unsigned int rport = unit_random_below(rng, NR_TEST_PORTS);
	unsigned int virq = unit_random_below(rng, 4);
	long want = model_free(d), got;
	struct model_port *r = &model[other][rport];
	bool waiting;

	if (want < 0)
		return;
	switch (unit_random_below(rng, 4)) {
	case 0:
		ck_assert_int_eq(alloc(d, DOMID_SELF, (domid_t)other), want);
		model_set(d, want, (struct model_port){ .status = EVTCHNSTAT_unbound, .dom = other });
		break;
	case 1:
		waiting = r->status == EVTCHNSTAT_unbound && r->dom == d;
		got = bind(d, (domid_t)other, rport);
		ck_assert_int_eq(got, waiting ? want : -EINVAL);
		if (!waiting)
			break;
		model_set(d, want, (struct model_port){ .status = EVTCHNSTAT_interdomain,
							.dom = other, .port = rport });
		model[d][want].pending = true;
		r->status = EVTCHNSTAT_interdomain;
		r->dom = d;
		r->port = want;
		break;
	case 2:
		for (unsigned int i = 1; i < NR_TEST_PORTS; i++)
			if (model[d][i].status == EVTCHNSTAT_virq && model[d][i].virq == virq)
				want = -EEXIST;
		ck_assert_int_eq(bind_virq(d, virq, 0), want);
		if (want > 0)
			model_set(d, want, (struct model_port){ .status = EVTCHNSTAT_virq, .virq = virq });
		break;
	default:
		ck_assert_int_eq(bind_ipi(d), want);
		model_set(d, want, (struct model_port){ .status = EVTCHNSTAT_ipi });
	}
}

static void step_use(unsigned int d, uint64_t *rng)
{
	unsigned int port = unit_random_below(rng, NR_TEST_PORTS);
	unsigned int virq = unit_random_below(rng, 4);
	struct model_port *p = &model[d][port];

	switch (unit_random_below(rng, 6)) {
	case 0:
		ck_assert_int_eq(evtchn_close(&doms[d], port), p->status ? 0 : -EINVAL);
		model_close(d, port);
		break;
	case 1:
	case 2:
		ck_assert_int_eq(evtchn_send(&doms[d], port),
				 !p->status || p->status == EVTCHNSTAT_virq ? -EINVAL : 0);
		if (p->status == EVTCHNSTAT_interdomain)
			model[p->dom][p->port].pending = true;
		else if (p->status == EVTCHNSTAT_ipi)
			p->pending = true;
		break;
	case 3:
		evtchn_raise_virq(&vcpus[d], virq);
		for (unsigned int i = 1; i < NR_TEST_PORTS; i++)
			if (model[d][i].status == EVTCHNSTAT_virq && model[d][i].virq == virq)
				model[d][i].pending = true;
		break;
	case 4:
		take(d, port);
		p->pending = false;
		break;
	default:
		if (unit_random_below(rng, 60))
			break;
		ck_assert_int_eq(evtchn_reset(&doms[d], DOMID_SELF), 0);
		for (unsigned int i = 1; i < NR_TEST_PORTS; i++)
			model_close(d, i);
	}
}

static void compare(void)
{
	for (unsigned int d = 0; d < NR_DOMAINS; d++) {
		for (unsigned int port = 1; port < NR_TEST_PORTS; port++) {
			struct model_port *p = &model[d][port];
			struct evtchn_status s = status(d, port);

			ck_assert_uint_eq(s.status, p->status);
			ck_assert_uint_eq(evtchn_is_pending(&doms[d], port), p->pending);
			if (s.status == EVTCHNSTAT_unbound)
				ck_assert_uint_eq(s.u.unbound.dom, p->dom);
			if (s.status == EVTCHNSTAT_virq)
				ck_assert_uint_eq(s.u.virq, p->virq);
			if (s.status != EVTCHNSTAT_interdomain)
				continue;
			ck_assert_uint_eq(s.u.interdomain.dom, p->dom);
			ck_assert_uint_eq(s.u.interdomain.port, p->port);
		}
		/* What is pending, nobody masked, so an upcall says so. */
		ck_assert(!model[d][1].pending || vcpus[d].info->evtchn_pending_sel);
	}
	ck_assert_uint_eq(nr_refs, 0);
}

START_TEST(random_operations_agree_with_the_model)
{
	uint64_t rng = unit_seed();

	memset(model, 0, sizeof(model));
	for (unsigned int i = 0; i < 30000; i++) {
		unsigned int d = unit_random_below(&rng, NR_DOMAINS);

		if (unit_random_below(&rng, 3) == 0)
			step_open(d, unit_random_below(&rng, NR_DOMAINS), &rng);
		else
			step_use(d, &rng);
		compare();
	}
}
END_TEST

START_TEST(scribbling_over_the_shared_page_hurts_nobody_else)
{
	uint64_t rng = unit_seed();
	uint8_t *bytes = (uint8_t *)&shared[1];
	struct evtchn_status before;

	ck_assert_int_eq(alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(bind(0, 1, 1), 1);
	before = status(0, 1);
	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int port = unit_random_below(&rng, EVTCHN_MAX_PORTS);

		for (unsigned int n = 0; n < sizeof(shared[1]); n += 16)
			bytes[n + unit_random_below(&rng, 16)] = (uint8_t)unit_random(&rng);
		evtchn_send(&doms[0], 1);
		evtchn_unmask(&doms[1], port);
		evtchn_send(&doms[1], 1);
		ck_assert_uint_eq(status(0, 1).u.interdomain.port, before.u.interdomain.port);
		ck_assert_uint_eq(status(0, 1).status, EVTCHNSTAT_interdomain);
	}
	/* Only port 1 was ever sent to. */
	quiet(0);
	take(1, 1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(shared[0].evtchn_pending[0], 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evtchn");
	TCase *tc = tcase_create("rules"), *rnd = tcase_create("random");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ports_come_lowest_first_and_never_zero);
	tcase_add_test(tc, numbers_beyond_the_table_are_refused);
	tcase_add_test(tc, table_fills_up);
	tcase_add_test(tc, no_memory_is_said);
	tcase_add_test(tc, binding_joins_and_raises_the_binder_once);
	tcase_add_test(tc, a_channel_meant_for_one_isnt_anothers);
	tcase_add_test(tc, only_the_initial_domain_speaks_for_others);
	tcase_add_test(tc, a_domain_may_talk_to_itself);
	tcase_add_test(tc, closing_leaves_the_peer_unbound_for_us);
	tcase_add_test(tc, virq_rules);
	tcase_add_test(tc, an_event_reaches_an_upcall_unless_masked);
	tcase_add_test(tc, a_dying_domain_opens_nothing);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(rnd, setup, teardown);
	tcase_set_timeout(rnd, 60);
	tcase_add_test(rnd, random_operations_agree_with_the_model);
	tcase_add_test(rnd, scribbling_over_the_shared_page_hurts_nobody_else);
	suite_add_tcase(suite, rnd);
	return unit_run(suite);
}
