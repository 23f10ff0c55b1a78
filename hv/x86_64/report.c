/* SPDX-License-Identifier: MIT */
/* A vcpu's state on the console, for crash reports. */
#include "domain/domain.h"
#include "platform/platform.h"
#include "regs.h"
#include "x86/guest.h"

static void print_code(struct vcpu *v, const struct regs *r)
{
	u8 code[16];
	char text[3 * sizeof(code) + 1];
	unsigned long base;

	if (v != current_vcpu() || !arch_segment_base(r, SEG_CS, &base) ||
	    copy_from_guest(code, base + r->ip, sizeof(code)))
		return;
	for (unsigned int i = 0; i < sizeof(code); i++)
		fmt(text + 3 * i, 4, " %02x", code[i]);
	printk("  code at rip:%s", text);
}

void arch_print_vcpu(struct vcpu *v)
{
	const struct regs *r = vcpu_regs(v);
	char user[24] = "none";

	printk("  d%uv%u rip %04lx:%016lx (ring 3, guest %s) rflags %08lx", v->domain->id, v->id,
	       r->cs & 0xffff, r->ip, v->arch.in_kernel ? "kernel" : "user", r->flags);
	printk("  rsp %04lx:%016lx rbp %016lx cr2 %016lx", r->ss & 0xffff, r->sp, r->bp,
	       v->arch.fault_address);
	printk("  rax %016lx rbx %016lx rcx %016lx", r->ax, r->bx, r->cx);
	printk("  rdx %016lx rsi %016lx rdi %016lx", r->dx, r->si, r->di);
	printk("  r8 %016lx r9 %016lx r10 %016lx r11 %016lx", r->r8, r->r9, r->r10, r->r11);
	printk("  r12 %016lx r13 %016lx r14 %016lx r15 %016lx", r->r12, r->r13, r->r14, r->r15);
	if (!mfn_eq(v->arch.user_root, INVALID_MFN))
		fmt(user, sizeof(user), "%lx", v->arch.user_root.v);
	printk("  root frame %lx, user root frame %s, upcall mask %u", v->arch.root.v, user,
	       v->info->evtchn_upcall_mask);
	print_code(v, r);
}
