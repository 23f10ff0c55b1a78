/* SPDX-License-Identifier: MIT */
/*
 * Building the frame with which a guest's handler starts. ABI 4.1, 4.2.
 *
 * 32-bit, low to high: [error code] eip cs|mask<<16 eflags [esp ss]; the last
 * two if the handler runs on the kernel stack because the guest's user mode was
 * interrupted. The failsafe frame has ds es fs gs in front.
 */
#include "domain/trace.h"
#include "lib/string.h"
#include "trap/step.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#define FRAME_MAX_WORDS 10

/* A frame being made: words from the lowest address up. */
struct frame_words {
	unsigned long word[FRAME_MAX_WORDS];
	unsigned int nr;
};

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

static void add(struct frame_words *f, unsigned long word)
{
	f->word[f->nr++] = word;
}

/*
 * Push what f holds and the common part, and go to the handler. Kills the
 * guest when the stack can't be written: what else could it be told?
 */
static void enter_guest_handler(struct vcpu *v, const struct guest_handler *h,
				struct frame_words *f, bool mask)
{
	struct regs *r = vcpu_regs(v);
	bool from_kernel = regs_in_guest_kernel(r);
	unsigned long ss = from_kernel ? r->ss : v->arch.kernel_ss;
	unsigned long sp = from_kernel ? r->sp : v->arch.kernel_sp;
	bool masked = READ_ONCE(v->info->evtchn_upcall_mask);
	unsigned long base;

	step_bounce(v, h);
	add(f, r->ip);
	add(f, (r->cs & 0xffff) | (unsigned long)masked << 16);
	add(f, (r->flags & ~EFL_IF) | (masked ? 0 : EFL_IF));
	if (!from_kernel) {
		add(f, r->sp);
		add(f, r->ss & 0xffff);
	}
	sp -= f->nr * sizeof(f->word[0]);
	if (!arch_segment_base((u16)ss, &base) ||
	    copy_to_guest(base + sp, f->word, f->nr * sizeof(f->word[0]))) {
		domain_crash(v->domain, "no room for a frame on its kernel stack %04lx:%08lx",
			     ss & 0xffff, sp);
		return;
	}
	if (mask)
		v->info->evtchn_upcall_mask = 1;
	r->ss = ss;
	r->sp = sp;
	r->cs = h->cs;
	r->ip = h->ip;
	r->flags &= ~(EFL_TF | EFL_VM | EFL_RF | EFL_NT | EFL_AC);
	v->nr_traps[3]++;
	trace_handler(v, h);
}

void bounce_exception(struct vcpu *v, unsigned int vector, bool has_error, u32 error)
{
	const struct guest_handler *h = &v->traps[vector];
	struct frame_words f = { .nr = 0 };

	if (!h->ip) {
		domain_crash(v->domain, "exception %u (error code %#x), and it has no handler",
			     vector, error);
		return;
	}
	if (has_error)
		add(&f, error);
	enter_guest_handler(v, h, &f, h->mask_events);
}

void bounce_page_fault(struct vcpu *v, unsigned long cr2, u32 error)
{
	/* The CPU counts ring 1 as supervisor, and so does the guest. */
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
	struct frame_words f = { .nr = 0 };

	enter_guest_handler(v, &v->traps[vector], &f, v->traps[vector].mask_events);
}

void bounce_event(struct vcpu *v)
{
	struct frame_words f = { .nr = 0 };

	enter_guest_handler(v, &v->event_callback, &f, true);
}

void bounce_system_call(struct vcpu *v, const struct guest_handler *callback)
{
	struct frame_words f = { .nr = 0 };

	enter_guest_handler(v, callback, &f, callback->mask_events);
}

void bounce_failsafe(struct vcpu *v)
{
	struct regs *r = guest_regs();
	const struct guest_handler *h = &v->failsafe_callback;
	struct frame_words f = { .nr = 0 };

	/* One that can't even start would go round for ever, interrupts off. */
	if (!h->ip || (r->ip == h->ip && (u16)r->cs == h->cs)) {
		domain_crash(v->domain, "its selectors can't be loaded and %s",
			     h->ip ? "neither can those of its failsafe callback"
				   : "it has no failsafe callback");
		r->ds = r->es = r->fs = r->gs = 0;
		return;
	}
	add(&f, r->ds & 0xffff);
	add(&f, r->es & 0xffff);
	add(&f, r->fs & 0xffff);
	add(&f, r->gs & 0xffff);
	r->ds = r->es = r->fs = r->gs = 0;
	enter_guest_handler(v, h, &f, h->mask_events);
}
