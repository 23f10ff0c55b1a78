/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall: take a frame from the guest kernel's stack. ABI 4.3.
 *
 * The public struct iret_context is that frame. The RPL of its cs says where
 * the guest goes: 3 is its user, with the other root and GS base.
 */
#include "domain/domain.h"
#include "gates.h"
#include "layout.h"
#include "regs.h"
#include "x86/cpu.h"
#include "x86/guest.h"
#include "x86/vectors.h"

/* Flags a guest can't give itself. */
#define FLAGS_NOT_THEIRS (EFL_IOPL | EFL_VM | EFL_VIF | EFL_VIP)

/*
 * [tour: widths 11] From ring 3 a kernel can't return to its user by itself:
 * `iret` changes neither roots nor GS. So it is a hypercall, and every field
 * of the frame is made harmless before it is used.
 */
int arch_guest_iret(struct vcpu *v)
{
	struct regs *r = guest_regs();
	struct iret_context f;

	if (copy_from_guest(&f, r->sp, sizeof(f)))
		return -EFAULT;
	if ((f.cs & SEL_RPL) == SEL_RPL) {
		if (mfn_eq(v->arch.user_root, INVALID_MFN))
			return -EINVAL;
		enter_guest_user(v);
	}
	r->ax = f.rax;
	r->ip = f.rip;
	r->cs = (f.cs & 0xffff) | SEL_RPL;
	r->flags = (f.rflags & 0xffffffff & ~FLAGS_NOT_THEIRS) | EFL_IF | EFL_MBS;
	r->sp = f.rsp;
	r->ss = (f.ss & 0xffff) | SEL_RPL;
	v->info->evtchn_upcall_mask = !(f.rflags & EFL_IF);
	/* rcx and r11 given up: SYSRET may do it, and loads flat 64-bit selectors. */
	if ((f.flags & VGCF_in_syscall) && r->cs != SEL_RING3_CS32) {
		r->cs = SEL_RING3_CS64;
		r->ss = SEL_RING3_DS;
		r->vector = VEC_SYSCALL_ENTRY;
		return 0;
	}
	r->vector = 0;
	r->cx = f.rcx;
	r->r11 = f.r11;
	return 0;
}

/*
 * Long mode has no virtual-8086 mode (SDM vol. 3A, 20.1), but QEMU 7.2 lets
 * 32-bit code in by iret. Its cs is no selector: the stub of an IST vector may
 * have left the frame where it was.
 */
struct regs *arch_frame_from_v86(const struct regs *r)
{
	struct regs *guest = guest_regs();

	if (r != guest)
		*guest = *r;
	guest->cs = SEL_RING3_CS64;
	guest->flags &= ~EFL_VM;
	return guest;
}
