/* SPDX-License-Identifier: MIT */
/*
 * Which of the guest's handlers runs next, and what its frame says. ABI 4.1,
 * 4.2. The width's frame.c knows how a frame lies on the guest's stack.
 */
#include "domain/trace.h"
#include "trap/step.h"
#include "trap/trap.h"
#include "x86/vectors.h"

/* Whose handler h is: of a vector, or one of the callbacks. */
static void trace_handler(const struct vcpu *v, const struct guest_handler *h)
{
	if (h >= v->traps && h < v->traps + NR_TRAPS)
		trace_bounce(v, (unsigned int)(h - v->traps), h);
	else
		trace_callback(v, h == &v->event_callback      ? TRACE_CB_EVENT
				  : h == &v->failsafe_callback ? TRACE_CB_FAILSAFE
				  : h == &v->sysenter_callback ? TRACE_CB_SYSENTER
							       : TRACE_CB_SYSCALL,
			       h);
}

/*
 * Push a frame with these words in front, and go to the handler. A guest whose
 * stack can't be written is killed: what else could it be told?
 *
 * [tour: first-trap 9] The other way a trap ends: it is the guest's own, and
 * bounced. The real handlers are the monitor's, so what the guest registered
 * is looked up, and entered as the processor would have entered it.
 */
static void enter_guest_handler(struct vcpu *v, const struct guest_handler *h,
				const unsigned long *extra, unsigned int nr_extra)
{
	bool masked = READ_ONCE(v->info->evtchn_upcall_mask);

	step_bounce(v, h);
	arch_push_frame(v, h, extra, nr_extra, masked);
	if (h->mask_events)
		v->info->evtchn_upcall_mask = 1;
	v->nr_traps[3]++;
	trace_handler(v, h);
}

void bounce_exception(struct vcpu *v, unsigned int vector, bool has_error, u32 error)
{
	const struct guest_handler *h = &v->traps[vector];
	unsigned long word = error;

	if (!h->ip) {
		domain_crash(v->domain, "exception %u (error code %#x), and it has no handler",
			     vector, error);
		return;
	}
	enter_guest_handler(v, h, &word, has_error);
}

void bounce_page_fault(struct vcpu *v, unsigned long cr2, u32 error)
{
	v->arch.fault_address = cr2;
	v->info->arch.cr2 = cr2;
	if (!v->traps[VEC_PF].ip) {
		domain_crash(v->domain, "page fault at %08lx (error code %#x), no handler",
			     cr2, error);
		return;
	}
	bounce_exception(v, VEC_PF, true, error);
}

void bounce_software_interrupt(struct vcpu *v, unsigned int vector)
{
	enter_guest_handler(v, &v->traps[vector], NULL, 0);
}

void bounce_event(struct vcpu *v)
{
	enter_guest_handler(v, &v->event_callback, NULL, 0);
}

void bounce_system_call(struct vcpu *v, const struct guest_handler *callback)
{
	enter_guest_handler(v, callback, NULL, 0);
}

void bounce_failsafe(struct vcpu *v)
{
	struct regs *r = guest_regs();
	const struct guest_handler *h = &v->failsafe_callback;
	unsigned long sel[NR_DATA_SELECTORS];

	/* One that can't even start would go round for ever, interrupts off. */
	arch_take_selectors(v, sel);
	if (!h->ip || (r->ip == h->ip && (u16)r->cs == arch_handler_cs(h))) {
		domain_crash(v->domain, "its selectors can't be loaded and %s",
			     h->ip ? "neither can those of its failsafe callback"
				   : "it has no failsafe callback");
		return;
	}
	enter_guest_handler(v, h, sel, NR_DATA_SELECTORS);
}
