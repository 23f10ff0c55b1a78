/* SPDX-License-Identifier: MIT */
/*
 * The trace's hooks: one inline function for each kind of crossing, which
 * counts it, and records it if it is asked for (platform/trace.h).
 *
 * All are called with interrupts off. What they record of their arguments is
 * written in trace.c, out of the way of the fast paths.
 */
#ifndef DOMAIN_TRACE_H
#define DOMAIN_TRACE_H

#include "platform/trace.h"
#include "x86/decode.h"
#include "x86/vectors.h"

struct regs;
struct vcpu;
struct domain;
struct guest_handler;

/* ---- what the hooks call when a record is wanted: kept out of their callers ---- */

#define TRACE_SLOW __attribute__((noinline))

TRACE_SLOW void trace_log_entry(u32 event, const struct regs *r);
TRACE_SLOW void trace_log_hypercall(u32 event, const struct regs *r, const unsigned long *args);
TRACE_SLOW void trace_log_emulate(u32 event, const struct regs *r, const struct insn *insn);
TRACE_SLOW void trace_log_ptwrite(unsigned long gva, unsigned long ip);
TRACE_SLOW void trace_log_bounce(u32 event, const struct vcpu *v, const struct guest_handler *h);
TRACE_SLOW void trace_log_event(u32 event, u32 from_port, const struct domain *to, u64 to_port);
TRACE_SLOW void trace_log_grant(u32 event, const struct domain *granter, u32 ref, u64 mfn);
TRACE_SLOW void trace_log_switch(const struct vcpu *from, const struct vcpu *to);
TRACE_SLOW void trace_log_exit(const struct regs *r);
TRACE_SLOW void trace_log_domain(u32 event, const struct domain *d);

/* ---- entries ---- */

static inline void trace_trap(const struct regs *r, unsigned int vector)
{
	if (trace_hit(TRACE_TRAP, vector))
		trace_log_entry(trace_event_id(TRACE_TRAP, vector), r);
}

static inline void trace_irq(const struct regs *r, unsigned int irq)
{
	if (trace_hit(TRACE_IRQ, irq))
		trace_log_entry(trace_event_id(TRACE_IRQ, irq), r);
}

/* nr < 255: one that is served; args: the caller's, two at least. */
static inline void trace_hypercall(const struct regs *r, unsigned long nr,
				   const unsigned long *args)
{
	if (trace_hit(TRACE_HYPERCALL, (unsigned int)nr))
		trace_log_hypercall(trace_event_id(TRACE_HYPERCALL, (unsigned int)nr), r, args);
}

/* Any other number. */
#define TRACE_NO_HYPERCALL 0xff

/* A system call that came to us; by_syscall: SYSCALL, else SYSENTER. */
static inline void trace_syscall(const struct regs *r, bool by_syscall)
{
	if (trace_hit(TRACE_SYSCALL, by_syscall))
		trace_log_entry(trace_event_id(TRACE_SYSCALL, by_syscall), r);
}

/* ---- what was done ---- */

/* An instruction done for the guest. */
static inline void trace_emulate(const struct regs *r, const struct insn *insn)
{
	if (trace_hit(TRACE_EMULATE, insn->kind))
		trace_log_emulate(trace_event_id(TRACE_EMULATE, insn->kind), r, insn);
}

/* One of which nothing but its kind is known: enum insn_kind or TRACE_EMU_*. */
static inline void trace_emulate_kind(const struct regs *r, unsigned int kind)
{
	if (trace_hit(TRACE_EMULATE, kind))
		trace_log_emulate(trace_event_id(TRACE_EMULATE, kind), r, NULL);
}

static inline void trace_ptwrite(unsigned long gva, unsigned long ip)
{
	if (trace_hit(TRACE_PTWRITE, 0))
		trace_log_ptwrite(gva, ip);
}

/* The guest goes on in a handler: of vector, or callback is its number. */
static inline void trace_bounce(const struct vcpu *v, unsigned int vector,
				const struct guest_handler *h)
{
	if (trace_hit(TRACE_BOUNCE, vector))
		trace_log_bounce(trace_event_id(TRACE_BOUNCE, vector), v, h);
}

static inline void trace_callback(const struct vcpu *v, enum trace_callback which,
				  const struct guest_handler *h)
{
	if (trace_hit(TRACE_CALLBACK, which))
		trace_log_bounce(trace_event_id(TRACE_CALLBACK, which), v, h);
}

/* from: the sender's port, or for TRACE_EV_VIRQ the virq's number. */
static inline void trace_event(enum trace_event how, u32 from, const struct domain *to,
			       u32 to_port)
{
	if (trace_hit(TRACE_EVENT, how))
		trace_log_event(trace_event_id(TRACE_EVENT, how), from, to, to_port);
}

static inline void trace_grant(enum trace_grant what, const struct domain *granter, u32 ref,
			       u64 mfn)
{
	if (trace_hit(TRACE_GRANT, what))
		trace_log_grant(trace_event_id(TRACE_GRANT, what), granter, ref, mfn);
}

/* NULL: nobody, the CPU idles. */
static inline void trace_switch(const struct vcpu *from, const struct vcpu *to)
{
	if (trace_hit(TRACE_SWITCH, 0))
		trace_log_switch(from, to);
}

static inline void trace_domain(const struct domain *d, bool gone)
{
	if (trace_hit(TRACE_DOMAIN, gone))
		trace_log_domain(trace_event_id(TRACE_DOMAIN, gone), d);
}

/* ---- the way out; not counted, there are as many as entries ---- */

static inline void trace_exit(const struct regs *r)
{
	if (unlikely(trace_mask & 1u << TRACE_EXIT))
		trace_log_exit(r);
}

#endif
