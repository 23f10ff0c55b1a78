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
	printk("  code at eip:%s", text);
}

void arch_print_vcpu(struct vcpu *v)
{
	const struct regs *r = vcpu_regs(v);

	printk("  d%uv%u eip %04lx:%08lx (ring %lu) eflags %08lx esp %04lx:%08lx", v->domain->id,
	       v->id, r->cs & 0xffff, r->ip, r->cs & SEL_RPL, r->flags, r->ss & 0xffff, r->sp);
	printk("  eax %08lx ebx %08lx ecx %08lx edx %08lx", r->ax, r->bx, r->cx, r->dx);
	printk("  esi %08lx edi %08lx ebp %08lx cr2 %08lx", r->si, r->di, r->bp,
	       v->arch.fault_address);
	printk("  ds %04lx es %04lx fs %04lx gs %04lx root frame %lx, upcall mask %u",
	       r->ds & 0xffff, r->es & 0xffff, r->fs & 0xffff, r->gs & 0xffff, v->arch.root.v,
	       v->info->evtchn_upcall_mask);
	print_code(v, r);
}
