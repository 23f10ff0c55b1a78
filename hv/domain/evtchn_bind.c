// SPDX-License-Identifier: MIT
/*
 * Event channels: allocating, binding and closing ports.
 *
 * Called by hypercall/event.c, the builder and a domain's end. ABI 5.3.
 *
 * INV-1: an interdomain channel's two ends name each other. They are joined
 * and parted only under link_lock and both domains' locks. Hence a port that
 * is interdomain keeps its peer's struct domain and table page in place, and
 * either lock is enough to rely on that.
 */
#include "domain/domain.h"
#include "domain/evtchn_port.h"
#include "lib/errno.h"

long evtchn_target(struct domain *caller, domid_t dom, struct domain **d)
{
	if (dom == DOMID_SELF || dom == caller->id) {
		*d = caller;
		return 0;
	}
	if (!caller->privileged)
		return -EPERM;
	*d = domain_get(dom);
	return *d ? 0 : -ESRCH;
}

void evtchn_target_put(const struct domain *caller, struct domain *d)
{
	if (d != caller)
		domain_put(d);
}

/* Taken before any domain's lock. Rarely: sending an event doesn't need it. */
static spinlock_t link_lock = SPINLOCK_INIT;

static void lock_two(struct domain *a, struct domain *b)
{
	if (a == b) {
		spin_lock(&a->evtchns.lock);
		return;
	}
	spin_lock(a->id < b->id ? &a->evtchns.lock : &b->evtchns.lock);
	spin_lock(a->id < b->id ? &b->evtchns.lock : &a->evtchns.lock);
}

static void unlock_two(struct domain *a, struct domain *b)
{
	spin_unlock(&a->evtchns.lock);
	if (a != b)
		spin_unlock(&b->evtchns.lock);
}

/* The lowest free port, or -errno. Its page exists afterwards. Lock held. */
static long find_free(struct domain *d)
{
	struct evtchn **page;

	/* A domain that is taken apart must not grow a table again. */
	if (d->dying)
		return -EINVAL;
	for (evtchn_port_t port = 1; port < EVTCHN_MAX_PORTS; port++) {
		page = &d->evtchns.pages[port / EVTCHN_PER_PAGE];
		if (!*page)
			*page = domain_heap_alloc(d, 1);
		if (!*page)
			return -ENOMEM;
		if ((*page)[port % EVTCHN_PER_PAGE].state == ECS_FREE)
			return port;
	}
	return -ENOSPC;
}

/* Open a port that find_free() gave. What an earlier owner left pending is dropped. */
static struct evtchn *open_port(struct domain *d, evtchn_port_t port, enum evtchn_state state,
				unsigned int vcpu)
{
	struct evtchn *c = evtchn_of(d, port);

	*c = (struct evtchn){ .state = (u8)state, .vcpu = (u8)vcpu };
	test_and_clear_bit(port, d->shared->evtchn_pending);
	return c;
}

long evtchn_alloc_unbound(struct domain *caller, struct evtchn_alloc_unbound *op)
{
	domid_t remote = op->remote_dom;
	struct domain *d;
	long rc;

	rc = evtchn_target(caller, op->dom, &d);
	if (rc)
		return rc;
	spin_lock(&d->evtchns.lock);
	rc = find_free(d);
	if (rc > 0) {
		op->port = (evtchn_port_t)rc;
		open_port(d, op->port, ECS_UNBOUND, 0)->domid =
			remote == DOMID_SELF ? (u16)caller->id : remote;
		rc = 0;
	}
	spin_unlock(&d->evtchns.lock);
	evtchn_target_put(caller, d);
	return rc;
}

/* Join a fresh port of d with rport of rd. Both locks held. */
static long join(struct domain *d, struct domain *rd, evtchn_port_t rport, evtchn_port_t *port)
{
	struct evtchn *c, *rc = evtchn_of(rd, rport);
	long n;

	/* Without the second check any domain could take a channel meant for another. */
	if (!rc || rc->state != ECS_UNBOUND || rc->domid != d->id)
		return -EINVAL;
	n = find_free(d);
	if (n < 0)
		return n;
	*port = (evtchn_port_t)n;
	c = open_port(d, *port, ECS_INTERDOMAIN, 0);
	c->domid = (u16)rd->id;
	c->remote_port = rport;
	c->peer = rd;
	rc->state = ECS_INTERDOMAIN;
	rc->remote_port = *port;
	rc->peer = d;
	/* Events sent while the other end was unbound are lost: look once. */
	evtchn_set_pending(d, *port, c->vcpu);
	return 0;
}

long evtchn_bind_interdomain(struct domain *d, struct evtchn_bind_interdomain *op)
{
	struct domain *rd = domain_get(op->remote_dom == DOMID_SELF ? d->id : op->remote_dom);
	long rc;

	if (!rd)
		return -ESRCH;
	spin_lock(&link_lock);
	lock_two(d, rd);
	rc = join(d, rd, op->remote_port, &op->local_port);
	unlock_two(d, rd);
	spin_unlock(&link_lock);
	domain_put(rd);
	return rc;
}

static bool virq_is_global(u32 virq)
{
	return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF &&
	       virq != VIRQ_XENPMU;
}

long evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op)
{
	struct vcpu *v;
	long rc;

	if (op->virq >= NR_VIRQS || (virq_is_global(op->virq) && op->vcpu != 0))
		return -EINVAL;
	if (op->vcpu >= d->nr_vcpus)
		return -ENOENT;
	v = d->vcpus[op->vcpu];
	spin_lock(&d->evtchns.lock);
	rc = v->virq_port[op->virq] ? -EEXIST : find_free(d);
	if (rc > 0) {
		op->port = (evtchn_port_t)rc;
		open_port(d, op->port, ECS_VIRQ, op->vcpu)->virq = op->virq;
		v->virq_port[op->virq] = op->port;
		rc = 0;
	}
	spin_unlock(&d->evtchns.lock);
	if (!rc && op->virq == VIRQ_TIMER)
		vcpu_resume_periodic(v);
	return rc;
}

long evtchn_bind_pirq(struct domain *d, struct evtchn_bind_pirq *op)
{
	long rc;

	/* Sharing a line would need more than one domain with devices. */
	if (op->flags & ~(u32)BIND_PIRQ__WILL_SHARE)
		return -EINVAL;
	spin_lock(&d->evtchns.lock);
	rc = find_free(d);
	if (rc > 0) {
		op->port = (evtchn_port_t)rc;
		open_port(d, op->port, ECS_PIRQ, 0)->pirq = op->pirq;
		rc = pirq_bind(d, op->pirq, op->port);
		if (rc)
			evtchn_of(d, op->port)->state = ECS_FREE;
	}
	spin_unlock(&d->evtchns.lock);
	return rc;
}

long evtchn_bind_ipi(struct domain *d, struct evtchn_bind_ipi *op)
{
	long rc;

	if (op->vcpu >= d->nr_vcpus)
		return -ENOENT;
	spin_lock(&d->evtchns.lock);
	rc = find_free(d);
	if (rc > 0) {
		op->port = (evtchn_port_t)rc;
		open_port(d, op->port, ECS_IPI, op->vcpu);
		rc = 0;
	}
	spin_unlock(&d->evtchns.lock);
	return rc;
}

/* Undo what its state ties a port to, and free it. link_lock and both ends' locks held. */
static void unbind(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	struct evtchn *rc;

	if (c->state == ECS_INTERDOMAIN) {
		rc = evtchn_of(c->peer, c->remote_port);
		BUG_ON(rc->state != ECS_INTERDOMAIN || rc->peer != d); /* INV-1 */
		rc->state = ECS_UNBOUND;
		rc->domid = (u16)d->id;
		rc->remote_port = 0;
		rc->peer = NULL;
	} else if (c->state == ECS_PIRQ) {
		pirq_release(c->pirq);
	} else if (c->state == ECS_VIRQ) {
		/* Per-vcpu ones never move; global ones are vcpu 0's wherever they notify. */
		d->vcpus[virq_is_global(c->virq) ? 0 : c->vcpu]->virq_port[c->virq] = 0;
	}
	*c = (struct evtchn){ .state = ECS_FREE };
	test_and_clear_bit(port, d->shared->evtchn_pending);
}

long evtchn_close(struct domain *d, evtchn_port_t port)
{
	struct evtchn *c;
	struct domain *peer;
	long rc = -EINVAL;

	spin_lock(&link_lock);
	c = evtchn_of(d, port);
	/* Under link_lock no port becomes or ceases to be interdomain. */
	peer = c && c->state == ECS_INTERDOMAIN ? c->peer : d;
	lock_two(d, peer);
	if (c && c->state != ECS_FREE) {
		unbind(d, port, c);
		rc = 0;
	}
	unlock_two(d, peer);
	spin_unlock(&link_lock);
	return rc;
}

long evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, u32 vcpu)
{
	struct evtchn *c;
	long rc = -EINVAL;

	if (vcpu >= d->nr_vcpus)
		return -ENOENT;
	spin_lock(&d->evtchns.lock);
	c = evtchn_of(d, port);
	if (c && (c->state == ECS_UNBOUND || c->state == ECS_INTERDOMAIN ||
		  c->state == ECS_PIRQ || (c->state == ECS_VIRQ && virq_is_global(c->virq)))) {
		c->vcpu = (u8)vcpu;
		rc = 0;
	}
	spin_unlock(&d->evtchns.lock);
	return rc;
}

static void close_all(struct domain *d)
{
	for (evtchn_port_t port = 1; port < EVTCHN_MAX_PORTS; port++) {
		if (!d->evtchns.pages[port / EVTCHN_PER_PAGE])
			port |= EVTCHN_PER_PAGE - 1; /* to the next page */
		else if (evtchn_close(d, port))
			continue; /* wasn't open */
	}
}

long evtchn_reset(struct domain *caller, domid_t dom)
{
	struct domain *d;
	long rc = evtchn_target(caller, dom, &d);

	if (rc)
		return rc;
	close_all(d);
	evtchn_target_put(caller, d);
	return 0;
}

int evtchn_table_init(struct domain *d)
{
	d->evtchns = (struct evtchn_table){ .lock = SPINLOCK_INIT };
	return 0;
}

void evtchn_table_destroy(struct domain *d)
{
	close_all(d);
	for (unsigned int i = 0; i < EVTCHN_PAGES; i++) {
		domain_heap_free(d, d->evtchns.pages[i], 1);
		d->evtchns.pages[i] = NULL;
	}
}
