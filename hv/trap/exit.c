/* SPDX-License-Identifier: MIT */
/*
 * The last C before a guest runs: who runs, a TLB flush that is owed, an event
 * that is due. Called from entry.S on every way out, so its usual path is a
 * few tests.
 */
#include "domain/trace.h"
#include "trap/step.h"
#include "trap/trap.h"

/*
 * [tour: first-trap 11] Whatever the trap was, before a guest runs three
 * questions are asked, always here. Should another one run? Is an event due?
 * Is a TLB flush owed? The loop is there because each answer may change the
 * first.
 */
void exit_to_guest(struct regs *r)
{
	struct vcpu *v;

	for (;;) {
		if (unlikely(sched_is_requested())) {
			/* Who was destroyed may have waited for us to unmap a frame. */
			domain_reap();
			schedule();
			if (!arch_load_selectors(current_vcpu())) {
				/* May kill the domain, which must not run then. */
				bounce_failsafe(current_vcpu());
				continue;
			}
		}
		v = current_vcpu();
		if (likely(!vcpu_has_upcall(v)) || !v->event_callback.ip)
			break;
		/* May kill the domain, which asks for schedule(): look again. */
		step_event(v);
		bounce_event(v);
	}
	tlb_flush_if_needed();
	/* Always guest_regs(): schedule() changes what it holds. */
	trace_exit(r);
	step_leave();
}
