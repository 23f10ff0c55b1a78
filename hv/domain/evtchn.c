// SPDX-License-Identifier: MIT
/*
 * 2-level event channels: a port's state, and how an event reaches a guest.
 *
 * Called by hypercall/event.c, and by timers and the console to raise virtual
 * interrupts; calls the scheduler to wake a vcpu. Binding and closing are in
 * evtchn_bind.c. ABI 5.3.
 *
 * The pending and mask bits, the selector and the upcall flag lie in memory
 * that the guest writes at any time. They are only ever changed by single
 * atomic operations on a word that a checked port number selects, and nothing
 * of ours depends on what they hold: a guest that scribbles there loses its
 * own events.
 */
#include "domain/domain.h"
#include "domain/evtchn_port.h"
#include "domain/trace.h"
#include "lib/errno.h"

struct evtchn *evtchn_of(const struct domain *d, evtchn_port_t port)
{
	struct evtchn *page;

	if (!evtchn_port_ok(port))
		return NULL;
	page = d->evtchns.pages[port / EVTCHN_PER_PAGE];
	return page ? &page[port % EVTCHN_PER_PAGE] : NULL;
}

/* Tell the vcpu that its selector has a new bit. */
static void mark_upcall(struct vcpu *v)
{
	__atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
	/* Also when the flag was set before: only the guest says that it wasn't us. */
	vcpu_kick(v);
}

/*
 * [tour: interrupt 6] Three steps down a tree of bits that the guest shares:
 * the port's, its word's in the selector, the vcpu's flag. A masked port stops
 * after the first; one that was set already has been told.
 */
void evtchn_set_pending(struct domain *d, evtchn_port_t port, unsigned int vcpu)
{
	struct shared_info *s = d->shared;
	struct vcpu *v = vcpu < d->nr_vcpus ? d->vcpus[vcpu] : NULL;

	if (!v || test_and_set_bit(port, s->evtchn_pending))
		return;
	if (!test_bit(port, s->evtchn_mask) &&
	    !test_and_set_bit(port / BITS_PER_LONG, &v->info->evtchn_pending_sel))
		mark_upcall(v);
	/* A poll waits for the pending bit alone, masked or not. */
	vcpu_kick_pollers(d, port);
}

/*
 * [tour: interrupt 12] Guests interrupt each other by the same means. A disk
 * request costs the monitor little more: keeper and the guest share the pages,
 * and pass the word.
 */
long evtchn_send(struct domain *d, evtchn_port_t port)
{
	const struct evtchn *c;
	long rc = 0;

	spin_lock(&d->evtchns.lock);
	c = evtchn_of(d, port);
	switch (c ? c->state : ECS_FREE) {
	case ECS_INTERDOMAIN:
		/*
		 * Breaking the link takes both locks, so with ours held the
		 * peer and its port stay.
		 */
		trace_event(TRACE_EV_INTERDOMAIN, port, c->peer, c->remote_port);
		evtchn_set_pending(c->peer, c->remote_port,
				   evtchn_of(c->peer, c->remote_port)->vcpu);
		break;
	case ECS_IPI:
		trace_event(TRACE_EV_IPI, port, d, port);
		evtchn_set_pending(d, port, c->vcpu);
		break;
	case ECS_UNBOUND: /* nobody listens: the event is lost */
		break;
	default:
		rc = -EINVAL;
	}
	spin_unlock(&d->evtchns.lock);
	return rc;
}

long evtchn_unmask(struct domain *d, evtchn_port_t port)
{
	struct shared_info *s = d->shared;
	const struct evtchn *c;
	struct vcpu *v;

	if (!evtchn_port_ok(port))
		return -EINVAL;
	spin_lock(&d->evtchns.lock);
	c = evtchn_of(d, port);
	v = d->vcpus[c && c->vcpu < d->nr_vcpus ? c->vcpu : 0];
	if (test_and_clear_bit(port, s->evtchn_mask) && test_bit(port, s->evtchn_pending) &&
	    !test_and_set_bit(port / BITS_PER_LONG, &v->info->evtchn_pending_sel))
		mark_upcall(v);
	spin_unlock(&d->evtchns.lock);
	return 0;
}

/* The public description of a channel. */
static void describe(const struct evtchn *c, struct evtchn_status *op)
{
	op->vcpu = c->vcpu;
	switch (c->state) {
	case ECS_UNBOUND:
		op->status = EVTCHNSTAT_unbound;
		op->u.unbound.dom = c->domid;
		break;
	case ECS_INTERDOMAIN:
		op->status = EVTCHNSTAT_interdomain;
		op->u.interdomain.dom = c->domid;
		op->u.interdomain.port = c->remote_port;
		break;
	case ECS_VIRQ:
		op->status = EVTCHNSTAT_virq;
		op->u.virq = c->virq;
		break;
	case ECS_IPI:
		op->status = EVTCHNSTAT_ipi;
		break;
	case ECS_PIRQ:
		op->status = EVTCHNSTAT_pirq;
		op->u.pirq = c->pirq;
		break;
	default:
		op->status = EVTCHNSTAT_closed;
	}
}

long evtchn_status(struct domain *caller, struct evtchn_status *op)
{
	static const struct evtchn closed;
	const struct evtchn *c;
	struct domain *d;
	long rc;

	if (op->port >= EVTCHN_MAX_PORTS)
		return -EINVAL;
	rc = evtchn_target(caller, op->dom, &d);
	if (rc)
		return rc;
	spin_lock(&d->evtchns.lock);
	c = evtchn_of(d, op->port);
	describe(c ? c : &closed, op);
	spin_unlock(&d->evtchns.lock);
	evtchn_target_put(caller, d);
	return 0;
}

/*
 * [tour: interrupt 5] A virtual interrupt is an event channel with nobody at
 * the other end. The guest has bound a port to it, or it is lost.
 */
void evtchn_raise_virq(struct vcpu *v, u32 virq)
{
	struct domain *d = v->domain;
	u32 port;

	BUG_ON(virq >= NR_VIRQS);
	spin_lock(&d->evtchns.lock);
	port = v->virq_port[virq];
	if (port) {
		trace_event(TRACE_EV_VIRQ, virq, d, port);
		evtchn_set_pending(d, port, evtchn_of(d, port)->vcpu);
	}
	spin_unlock(&d->evtchns.lock);
}

void evtchn_raise_global_virq(u32 virq)
{
	struct domain *d = domain_get(0);

	if (!d)
		return;
	if (d->nr_vcpus)
		evtchn_raise_virq(d->vcpus[0], virq);
	domain_put(d);
}

void evtchn_raise_pirq(struct domain *d, evtchn_port_t port)
{
	const struct evtchn *c;

	spin_lock(&d->evtchns.lock);
	c = evtchn_of(d, port);
	if (c && c->state == ECS_PIRQ) {
		trace_event(TRACE_EV_PIRQ, c->pirq, d, port);
		evtchn_set_pending(d, port, c->vcpu);
	}
	spin_unlock(&d->evtchns.lock);
}

/*
 * [tour: interrupt 8] The guest's interrupt flag is a byte in memory. It
 * disables by storing a 1, without us; what it pays is that we have to look
 * here on each way out.
 */
bool vcpu_has_upcall(const struct vcpu *v)
{
	return READ_ONCE(v->info->evtchn_upcall_pending) &&
	       !READ_ONCE(v->info->evtchn_upcall_mask);
}

bool evtchn_is_pending(const struct domain *d, evtchn_port_t port)
{
	return evtchn_port_ok(port) && test_bit(port, d->shared->evtchn_pending);
}
