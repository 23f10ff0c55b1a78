/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall: take a frame from the guest's stack. ABI 4.3.
 *
 * Low to high: eax, eip, cs, eflags, and esp, ss if it returns to ring 2 or 3.
 * Virtual-8086 mode is refused: every privilege test here trusts cs's RPL.
 */
#include "domain/domain.h"
#include "gates.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/guest.h"

/* Flags a guest can't give itself, or that would open ring 0's door. */
#define FLAGS_NOT_THEIRS (EFL_IOPL | EFL_VM | EFL_VIF | EFL_VIP)

int arch_guest_iret(struct vcpu *v)
{
	struct regs *r = guest_regs();
	unsigned long f[6], base;
	bool outward;

	if (!segment_stack_base((u16)r->ss, &base) ||
	    copy_from_guest(f, base + r->sp, 4 * sizeof(f[0])))
		return -EFAULT;
	if (f[3] & EFL_VM)
		return -EINVAL;
	if ((f[2] & SEL_RPL) == 0 || (f[2] & SEL_RPL) < (r->cs & SEL_RPL))
		return -EINVAL;
	outward = (f[2] & SEL_RPL) > (r->cs & SEL_RPL);
	if (outward && copy_from_guest(f + 4, base + r->sp + 4 * sizeof(f[0]), 2 * sizeof(f[0])))
		return -EFAULT;

	r->ax = f[0];
	r->ip = f[1];
	r->cs = f[2] & 0xffff;
	v->info->evtchn_upcall_mask = !(f[3] & EFL_IF);
	r->flags = (f[3] & ~FLAGS_NOT_THEIRS) | EFL_IF | EFL_MBS;
	if (outward) {
		r->sp = f[4];
		r->ss = f[5] & 0xffff;
	} else {
		r->sp += 4 * sizeof(f[0]);
	}
	return 0;
}

struct regs *arch_frame_from_v86(const struct regs *r)
{
	struct regs *guest = guest_regs();

	/* The CPU pushed es ds fs gs first, so it is four words lower; they overlap. */
	memmove(guest, r, sizeof(*guest));
	guest->cs = guest->ss = SEL_RPL;
	guest->ds = guest->es = guest->fs = guest->gs = 0;
	guest->flags &= ~EFL_VM;
	return guest;
}
