/* SPDX-License-Identifier: MIT */
/*
 * The frame with which a guest's handler starts, 32-bit. ABI 4.1, 4.2.
 *
 * Low to high: extra words, eip, cs | mask<<16, eflags, and esp, ss if the
 * handler runs on the kernel stack because user mode was interrupted. Called by
 * trap/bounce.c only.
 */
#include "domain/domain.h"
#include "gates.h"
#include "regs.h"
#include "x86/cpu.h"
#include "x86/guest.h"

#define FRAME_WORDS 5 /* besides the extra ones */

u16 arch_handler_cs(const struct guest_handler *h)
{
	return h->cs;
}

/*
 * [tour: first-trap 10] The only place that writes a frame on a guest's stack.
 * What it writes is what the processor would have pushed, on the stack that it
 * would have chosen; the event mask travels in the upper half of cs, where iret
 * doesn't look. Nothing on that stack is ever believed when the guest comes
 * back.
 */
void arch_push_frame(struct vcpu *v, const struct guest_handler *h, const unsigned long *extra,
		     unsigned int nr_extra, bool masked)
{
	struct regs *r = guest_regs();
	unsigned long word[NR_DATA_SELECTORS + FRAME_WORDS];
	bool from_kernel = regs_in_guest_kernel(r);
	unsigned long ss = from_kernel ? r->ss : v->arch.kernel_ss;
	unsigned long sp = from_kernel ? r->sp : v->arch.kernel_sp;
	unsigned long base;
	unsigned int nr = 0;

	while (nr < nr_extra) {
		word[nr] = extra[nr];
		nr++;
	}
	word[nr++] = r->ip;
	word[nr++] = (r->cs & 0xffff) | (unsigned long)masked << 16;
	word[nr++] = (r->flags & ~EFL_IF) | (masked ? 0 : EFL_IF);
	if (!from_kernel) {
		word[nr++] = r->sp;
		word[nr++] = r->ss & 0xffff;
	}
	sp -= nr * sizeof(word[0]);
	if (!segment_stack_base((u16)ss, &base) ||
	    copy_to_guest(base + sp, word, nr * sizeof(word[0]))) {
		domain_crash(v->domain, "no room for a frame on its kernel stack %04lx:%08lx",
			     ss & 0xffff, sp);
		return;
	}
	r->ss = ss;
	r->sp = sp;
	r->cs = h->cs;
	r->ip = h->ip;
	r->flags &= ~(EFL_TF | EFL_VM | EFL_RF | EFL_NT | EFL_AC);
}

void arch_take_selectors(struct vcpu *v, unsigned long sel[NR_DATA_SELECTORS])
{
	struct regs *r = guest_regs();

	(void)v;
	sel[0] = r->ds & 0xffff;
	sel[1] = r->es & 0xffff;
	sel[2] = r->fs & 0xffff;
	sel[3] = r->gs & 0xffff;
	r->ds = r->es = r->fs = r->gs = 0;
}

bool arch_load_selectors(struct vcpu *v)
{
	(void)v; /* they are in the frame, and loaded on every way out */
	return true;
}
