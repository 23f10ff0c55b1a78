/* SPDX-License-Identifier: MIT */
/*
 * The frame with which a guest's handler starts, 64-bit. ABI 4.1, 4.2.
 *
 * Low to high: rcx, r11, extra words, rip, cs | mask<<32, rflags, rsp, ss. The
 * handler always runs on the kernel's stack, with the kernel's root and GS
 * base; cs without its RPL tells that the kernel was interrupted. Called by
 * trap/bounce.c only.
 */
#include "domain/domain.h"
#include "gates.h"
#include "layout.h"
#include "regs.h"
#include "x86/cpu.h"
#include "x86/guest.h"
#include "x86/vectors.h"

#define FRAME_WORDS 7 /* besides the extra ones */
#define EFL_IOPL_SHIFT 12

u16 arch_handler_cs(const struct guest_handler *h)
{
	(void)h;
	return SEL_RING3_CS64;
}

/*
 * [tour: widths 10] The 64-bit frame has rcx and r11 in front, so that SYSRET
 * may end in the handler. The ring in cs is the one that the guest believes
 * in: 0 if its kernel was interrupted, 3 if its user.
 */
void arch_push_frame(struct vcpu *v, const struct guest_handler *h, const unsigned long *extra,
		     unsigned int nr_extra, bool masked)
{
	struct regs *r = guest_regs();
	unsigned long word[NR_DATA_SELECTORS + FRAME_WORDS];
	bool from_kernel = v->arch.in_kernel;
	unsigned long sp = (from_kernel ? r->sp : v->arch.kernel_sp) & ~15UL;
	unsigned int nr = 0;

	if (!from_kernel)
		enter_guest_kernel(v);
	word[nr++] = r->cx;
	word[nr++] = r->r11;
	for (unsigned int i = 0; i < nr_extra; i++)
		word[nr++] = extra[i];
	word[nr++] = r->ip;
	word[nr++] = (r->cs & 0xffff & ~(from_kernel ? SEL_RPL : 0UL)) |
		     (unsigned long)masked << 32;
	word[nr++] = (r->flags & ~(EFL_IF | EFL_IOPL)) | (masked ? 0 : EFL_IF) |
		     (unsigned long)v->arch.iopl << EFL_IOPL_SHIFT;
	word[nr++] = r->sp;
	word[nr++] = r->ss & 0xffff;
	sp -= nr * sizeof(word[0]);
	if (copy_to_guest(sp, word, nr * sizeof(word[0]))) {
		domain_crash(v->domain, "no room for a frame on its kernel stack %016lx", sp);
		return;
	}
	r->ss = SEL_RING3_DS;
	r->sp = sp;
	r->cs = arch_handler_cs(h);
	r->ip = h->ip;
	r->flags &= ~(EFL_TF | EFL_VM | EFL_RF | EFL_NT | EFL_AC);
	/* SYSRET will do, as rcx and r11 are in the frame; but only iret ends an NMI. */
	if (r->vector != VEC_NMI)
		r->vector = VEC_SYSCALL_ENTRY;
}
