/* SPDX-License-Identifier: MIT */
/*
 * 2-level event channels. ABI 5.3; xen/event_channel.h.
 *
 * All functions return 0 or -errno (Xen's numbers); the port that is asked for
 * comes back in the op. Locking: each domain's evtchns.lock; two domains are
 * locked lower id first. Taken inside: the run queue's lock. Context of every
 * function: interrupts off, no lock held.
 */
#ifndef DOMAIN_EVTCHN_H
#define DOMAIN_EVTCHN_H

#include "lib/lock.h"
#include "lib/types.h"
#include "lib/xenabi.h"

#include <xen/event_channel.h>

/* 32 words of 32 ports, or 64 of 64. */
#define EVTCHN_MAX_PORTS (8 * sizeof(unsigned long) * 8 * sizeof(unsigned long))

struct domain;
struct vcpu;

enum evtchn_state { ECS_FREE, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_VIRQ, ECS_IPI, ECS_PIRQ };

struct evtchn {
	u8 state;	/* enum evtchn_state */
	u8 vcpu;	/* who is notified */
	u16 domid;	/* unbound, interdomain: the remote domain */
	union {
		u32 remote_port;	/* interdomain */
		u32 virq;		/* virq */
		u32 pirq;		/* pirq: the interrupt line */
	};
	struct domain *peer;	/* interdomain: alive for as long as it is one */
} __aligned(16);

#define EVTCHN_PER_PAGE (PAGE_SIZE / sizeof(struct evtchn))
#define EVTCHN_PAGES (EVTCHN_MAX_PORTS / EVTCHN_PER_PAGE)

struct evtchn_table {
	spinlock_t lock;
	struct evtchn *pages[EVTCHN_PAGES];	/* heap pages, on demand */
};

/* Make the table ready; no pages yet. 0. */
int evtchn_table_init(struct domain *d);
/* Close every port, peers go back to unbound, and free the table's pages. */
void evtchn_table_destroy(struct domain *d);

/*
 * The operations of event_channel_op, arguments already copied in. `caller`
 * may name another domain in the op if it is privileged (-EPERM otherwise);
 * DOMID_SELF is the caller. -ESRCH: no such domain, or it is dying.
 */

/* -ENOSPC: no port left; -ENOMEM; -EPERM; -ESRCH. */
long evtchn_alloc_unbound(struct domain *caller, struct evtchn_alloc_unbound *op);
/* -EINVAL: the remote port isn't waiting for d; -ESRCH, -ENOSPC, -ENOMEM. */
long evtchn_bind_interdomain(struct domain *d, struct evtchn_bind_interdomain *op);
/* -EINVAL: unknown, or global at a vcpu but 0; -ENOENT: vcpu; -EEXIST; -ENOSPC, -ENOMEM. */
long evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op);
/* -EPERM: not the initial domain, or the line is ours; -EINVAL, -EEXIST; -ENOSPC, -ENOMEM. */
long evtchn_bind_pirq(struct domain *d, struct evtchn_bind_pirq *op);
/* -ENOENT: vcpu; -ENOSPC, -ENOMEM. */
long evtchn_bind_ipi(struct domain *d, struct evtchn_bind_ipi *op);
/* -EINVAL: not open. */
long evtchn_close(struct domain *d, evtchn_port_t port);
/* -EINVAL: neither interdomain, ipi nor unbound (which drops the event). */
long evtchn_send(struct domain *d, evtchn_port_t port);
/* -EINVAL: no such port; -ESRCH, -EPERM. A free port is "closed". */
long evtchn_status(struct domain *caller, struct evtchn_status *op);
/* -EINVAL: no such port. */
long evtchn_unmask(struct domain *d, evtchn_port_t port);
/* -ENOENT: vcpu; -EINVAL: not open, or bound to its vcpu for good. */
long evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, u32 vcpu);
/* Close every port of dom. -ESRCH, -EPERM. */
long evtchn_reset(struct domain *caller, domid_t dom);

/*
 * Raise a virtual interrupt: at a vcpu, or (global) at the initial domain.
 * Nothing happens where it isn't bound. Also called by timers.
 */
void evtchn_raise_virq(struct vcpu *v, u32 virq);
void evtchn_raise_global_virq(u32 virq);

/* Whether the guest has an upcall to take: pending and not masked. */
bool vcpu_has_upcall(const struct vcpu *v);
/* Whether a port's pending bit is set (for poll). False for bad ports. */
bool evtchn_is_pending(const struct domain *d, evtchn_port_t port);
/* Whether a number can be a port at all; port 0 never is one. */
static inline bool evtchn_port_ok(evtchn_port_t port)
{
	return port != 0 && port < EVTCHN_MAX_PORTS;
}

/* An interrupt line has an event for the port that is bound to it. */
void evtchn_raise_pirq(struct domain *d, evtchn_port_t port);

/* ---- pirq.c: interrupt lines ---- */

/* Give a line to a port, and open it. -EPERM, -EINVAL, -EEXIST. The port's lock held. */
long pirq_bind(struct domain *d, u32 pirq, evtchn_port_t port) __must_check;
/* Mask it; it is nobody's. */
void pirq_release(u32 pirq);
/* A line has interrupted: mask it, tell who has it. False: nobody. */
bool pirq_raise(unsigned int irq) __must_check;
/* PHYSDEVOP_eoi: it was served, and may interrupt again. -EINVAL: not d's. */
long pirq_eoi(struct domain *d, u32 pirq);

#endif
