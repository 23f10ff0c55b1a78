// SPDX-License-Identifier: MIT
/*
 * How the two domains of a test find each other and keep step. Called by test
 * guests; see pair.h.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"

#define PAIR_PORT    3 /* the builder has opened 1 and 2 */
#define PAIR_REF     8 /* the first one that isn't reserved */
#define WAIT_NS	     30000000000ull
#define LOOK_NS	     20000000ull

static void give_up(const char *what)
{
	test_error("%s", what);
	test_finish();
}

static void read_command_line(struct pair *p)
{
	const char *line = (const char *)start_info->cmd_line, *number = strchr(line, ' ');

	p->first = !strncmp(line, "first ", 6);
	if (!number || (!p->first && strncmp(line, "second ", 7)))
		give_up("the command line names no pair");
	for (p->peer = 0; *++number >= '0' && *number <= '9';)
		p->peer = p->peer * 10 + *number - '0';
}

static void offer(struct pair *p)
{
	uint32_t *page = mm_page_alloc();

	p->page = page;
	pair_grant(p, PAIR_REF, mm_virt_to_mfn((unsigned long)page), 0);
	/* Last: it is what the other waits for. */
	p->port = event_alloc_unbound(p->peer);
	if (p->port != PAIR_PORT)
		give_up("the first port is another one");
}

static void accept(struct pair *p)
{
	uint64_t end_ns = system_time_ns() + WAIT_NS;
	struct grant_mapping m;
	int port;

	while ((port = event_bind_interdomain(p->peer, PAIR_PORT)) < 0) {
		if (system_time_ns() > end_ns)
			give_up("the other domain offers no port");
		sched_poll(NULL, 0, system_time_ns() + LOOK_NS);
	}
	p->port = port;
	if (grant_map(&m, p->peer, PAIR_REF, true))
		give_up("the other domain's page can't be mapped");
	p->page = m.va;
}

void pair_connect(struct pair *p)
{
	read_command_line(p);
	p->grants = grant_table_setup();
	if (!p->grants)
		give_up("no grant table");
	if (p->first)
		offer(p);
	else
		accept(p);
	pair_meet(p, 1);
}

void pair_meet(struct pair *p, uint32_t step)
{
	volatile uint32_t *own = &p->page[p->first ? 0 : 1], *other = &p->page[p->first ? 1 : 0];
	uint64_t end_ns = system_time_ns() + WAIT_NS;

	*own = step;
	full_barrier();
	event_send(p->port);
	while (*other < step) {
		if (system_time_ns() > end_ns)
			give_up("the other domain doesn't come to this step");
		event_clear_pending(p->port);
		full_barrier();
		if (*other < step)
			sched_poll(&p->port, 1, system_time_ns() + LOOK_NS);
	}
}

void pair_wait_end(struct pair *p)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = p->port};
	uint64_t end_ns = system_time_ns() + WAIT_NS;

	do {
		if (system_time_ns() > end_ns)
			give_up("the other domain doesn't end");
		sched_poll(NULL, 0, system_time_ns() + LOOK_NS);
		hypercall_event_channel_op(EVTCHNOP_status, &status);
	} while (status.status == EVTCHNSTAT_interdomain);
}

void pair_grant(struct pair *p, grant_ref_t ref, unsigned long mfn, uint16_t flags)
{
	struct grant_entry_v1 *e = &p->grants[ref];

	e->frame = mfn;
	e->domid = p->peer;
	barrier();
	WRITE_ONCE(e->flags, GTF_permit_access | flags);
}
