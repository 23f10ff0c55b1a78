/* SPDX-License-Identifier: MIT */
/*
 * Two-level event channels of a one-vcpu guest.
 *
 * Handlers run in the upcall, on the stack of what it interrupted, with
 * upcalls masked. A program that calls nothing but event_wait() with upcalls
 * masked otherwise has them run only inside event_wait(), so it needs no
 * locks: that is what keeper does.
 */
#ifndef PVOPS_GUEST_LIB_EVENTS_H
#define PVOPS_GUEST_LIB_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>

typedef void (*event_handler_t)(evtchn_port_t port, void *data);

/* events_init - mask every port, register the callbacks. By guest_init(). */
void events_init(void);

/*
 * event_set_handler - what to call when port becomes pending; unmasks it.
 * NULL masks it. Ports are below 1024, of a 64-bit guest below 4096.
 */
void event_set_handler(evtchn_port_t port, event_handler_t handler, void *data);

void event_mask(evtchn_port_t port);
/* event_unmask - by hypercall, so that an event already pending is raised. */
void event_unmask(evtchn_port_t port);
bool event_is_pending(evtchn_port_t port);
void event_clear_pending(evtchn_port_t port);

/* Upcalls as a whole, like an interrupt flag. Enabling delivers at once. */
void upcalls_enable(void);
void upcalls_disable(void);

/* event_dispatch - run the handlers of all pending unmasked ports now. */
void event_dispatch(void);

/*
 * event_wait - sleep until an event is pending, run its handlers, and return
 * with upcalls masked.
 */
void event_wait(void);

/* sched_yield - let other domains run. */
void sched_yield(void);

/*
 * sched_poll - sleep until one of nr (<= 128) ports is pending, masked or not,
 * or until the absolute system time timeout_ns (0: none). 0 or -errno.
 */
int sched_poll(evtchn_port_t *ports, unsigned int nr, uint64_t timeout_ns);

/* timer_set - one VIRQ_TIMER event at deadline_ns (system time). 0 or -errno. */
int timer_set(uint64_t deadline_ns);

/* These return the new local port, or -errno. */
int event_alloc_unbound(domid_t remote_dom);
int event_bind_interdomain(domid_t remote_dom, evtchn_port_t remote_port);
int event_bind_virq(unsigned int virq);
/* A device's interrupt line: the initial domain's. event_served() after each event. */
int event_bind_pirq(unsigned int irq);
void event_served(unsigned int irq);

/*
 * event_is_offered - is that port of that domain unbound, and waiting for this
 * domain? Privileged.
 */
bool event_is_offered(domid_t dom, evtchn_port_t port);

/* These return 0 or -errno. event_close forgets the handler too. */
int event_send(evtchn_port_t port);
int event_close(evtchn_port_t port);

#endif
