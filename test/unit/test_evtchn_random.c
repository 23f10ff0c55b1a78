/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * See: ABI 5.3
 * SOURCES: hv/domain/evtchn.c hv/domain/evtchn_bind.c
 * SOURCES: test/unit/evtchn_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * Event channels of three domains under random operations, against a model
 * that knows only what the ABI says; and with a guest that scribbles.
 */
#include <errno.h>
#include <string.h>

#include "evtchn_machine.h"
#include "harness.h"

#define NR_TEST_PORTS 24 /* few, so that they meet */

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
		ck_assert_int_eq(port_alloc(d, DOMID_SELF, (domid_t)other), want);
		model_set(d, want,
			  (struct model_port){ .status = EVTCHNSTAT_unbound, .dom = other });
		break;
	case 1:
		waiting = r->status == EVTCHNSTAT_unbound && r->dom == d;
		got = port_bind(d, (domid_t)other, rport);
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
		ck_assert_int_eq(port_bind_virq(d, virq, 0), want);
		if (want > 0)
			model_set(d, want,
				  (struct model_port){ .status = EVTCHNSTAT_virq, .virq = virq });
		break;
	default:
		ck_assert_int_eq(port_bind_ipi(d), want);
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
		port_take(d, port);
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

/* Whether a port is what the model says; a plain test, as it runs millions of times. */
static bool agrees(unsigned int d, unsigned int port)
{
	const struct model_port *p = &model[d][port];
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	if (evtchn_status(&doms[d], &s) || s.status != p->status ||
	    evtchn_is_pending(&doms[d], port) != p->pending)
		return false;
	switch (s.status) {
	case EVTCHNSTAT_unbound:
		return s.u.unbound.dom == p->dom;
	case EVTCHNSTAT_virq:
		return s.u.virq == p->virq;
	case EVTCHNSTAT_interdomain:
		return s.u.interdomain.dom == p->dom && s.u.interdomain.port == p->port;
	default:
		return true;
	}
}

static void compare(void)
{
	for (unsigned int d = 0; d < NR_DOMAINS; d++) {
		for (unsigned int port = 1; port < NR_TEST_PORTS; port++)
			if (!agrees(d, port))
				ck_abort_msg("d%u port %u isn't what the model says", d, port);
		/* What is pending, nobody masked, so an upcall says so. */
		if (model[d][1].pending && !vcpus[d].info->evtchn_pending_sel)
			ck_abort_msg("d%u isn't told of port 1", d);
	}
	if (nr_refs)
		ck_abort_msg("%u references are left", nr_refs);
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

	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(port_bind(0, 1, 1), 1);
	before = port_status(0, 1);
	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int port = unit_random_below(&rng, EVTCHN_MAX_PORTS);

		for (unsigned int n = 0; n < sizeof(shared[1]); n += 16)
			bytes[n + unit_random_below(&rng, 16)] = (uint8_t)unit_random(&rng);
		evtchn_send(&doms[0], 1);
		evtchn_unmask(&doms[1], port);
		evtchn_send(&doms[1], 1);
		ck_assert_uint_eq(port_status(0, 1).u.interdomain.port, before.u.interdomain.port);
		ck_assert_uint_eq(port_status(0, 1).status, EVTCHNSTAT_interdomain);
	}
	/* Only port 1 was ever sent to. */
	domain_quiet(0);
	port_take(1, 1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(shared[0].evtchn_pending[0], 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evtchn_random");
	TCase *tc = tcase_create("random");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_operations_agree_with_the_model);
	tcase_add_test(tc, scribbling_over_the_shared_page_hurts_nobody_else);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
