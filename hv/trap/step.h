/* SPDX-License-Identifier: MIT */
/*
 * Where hv/trap stops for who watches (platform/step.h). Each call costs one
 * test of step.kinds when nobody does.
 */
#ifndef TRAP_STEP_H
#define TRAP_STEP_H

#include "platform/step.h"
#include "trap/trap.h"

#define STEP_TRAPS (STEP_FAULT | STEP_PRIVOP | STEP_PTWRITE | STEP_AGAIN)
#define STEP_CALLS (STEP_HYPERCALL | STEP_AGAIN)

bool step_trap_slow(const struct regs *r) __must_check;
bool step_call_slow(const struct regs *r) __must_check;
void step_leave_slow(void);
void step_irq_slow(const struct regs *r, unsigned int irq);
void step_bounce_slow(struct vcpu *v, const struct guest_handler *h);
void step_event_slow(const struct vcpu *v);

/*
 * An exception of the running guest, before anything is done about it. True:
 * it has been announced; leave it alone, the guest does it again under the
 * eyes of whoever watches.
 */
static inline bool __must_check step_trap(const struct regs *r)
{
	return unlikely(step.kinds & STEP_TRAPS) && step_trap_slow(r);
}

/* The same for a hypercall; true: ip is to go back over the instruction. */
static inline bool __must_check step_call(const struct regs *r)
{
	return unlikely(step.kinds & STEP_CALLS) && step_call_slow(r);
}

/* The last C before a guest runs. */
static inline void step_leave(void)
{
	if (unlikely(step.kinds & STEP_AGAIN))
		step_leave_slow();
}

/* An interrupt; r is what it interrupted. */
static inline void step_irq(const struct regs *r, unsigned int irq)
{
	if (unlikely(step.kinds & STEP_IRQ))
		step_irq_slow(r, irq);
}

/* A frame for this handler is about to be built. */
static inline void step_bounce(struct vcpu *v, const struct guest_handler *h)
{
	if (step_wants(STEP_BOUNCE, v->domain->id))
		step_bounce_slow(v, h);
}

/* The running vcpu's upcall is due. */
static inline void step_event(const struct vcpu *v)
{
	if (step_wants(STEP_EVENT, v->domain->id))
		step_event_slow(v);
}

#endif
