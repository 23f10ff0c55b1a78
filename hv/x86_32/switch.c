/* SPDX-License-Identifier: MIT */
/*
 * What of a vcpu follows it into the CPU on this width: its root, the gates and
 * the stack of ring 1. Called by domain/running.c and the hypercalls that
 * change the running vcpu.
 */
#include "domain/domain.h"
#include "gates.h"
#include "lib/string.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

bool regs_in_guest_kernel(const struct regs *r)
{
	return (r->cs & SEL_RPL) == 1;
}

/*
 * Load the vcpu's root: our form of the guest's L3, made afresh.
 *
 * [tour: context-switch 6] The page tables. In PAE the CPU reads all four root
 * entries at once, and takes no flags in them, so it gets a copy of the
 * guest's, made afresh here.
 */
static void load_root(struct vcpu *v)
{
	root_read_shadow(v->arch.root, v->arch.pdpt);
	write_cr3((unsigned long)directmap_maddr(v->arch.pdpt));
}

mfn_t arch_current_root(const struct vcpu *v)
{
	return v->arch.root;
}

mfn_t *arch_user_root(struct vcpu *v)
{
	(void)v; /* one root serves both: rings keep them apart */
	return NULL;
}

bool arch_kernel_view(struct vcpu *v, bool on)
{
	(void)v;
	return on;
}

bool arch_msr_read(struct vcpu *v, u32 msr, u64 *val)
{
	(void)v;
	(void)msr;
	(void)val;
	return false;
}

bool arch_msr_write(struct vcpu *v, u32 msr, u64 val)
{
	(void)v;
	(void)msr;
	(void)val;
	return false;
}

void arch_root_changed(mfn_t root)
{
	struct vcpu *v = current_vcpu();

	if (v && mfn_eq(v->arch.root, root))
		load_root(v);
}

unsigned long arch_root_to_cr3(mfn_t root)
{
	/* Bits 20 and up of the frame number turn up in bits 0-11. */
	return root.v << PAGE_SHIFT | root.v >> 20;
}

void arch_load_new_root(struct vcpu *v)
{
	if (v == current_vcpu())
		load_root(v);
}

void arch_load_kernel_entry(struct vcpu *v)
{
	if (v != current_vcpu())
		return;
	tss_set_kernel_stack(v->arch.kernel_ss, v->arch.kernel_sp);
	idt_set_int80(v->arch.int80_gate);
}

void arch_switch_out(struct vcpu *prev)
{
	(void)prev; /* the frame holds all of it */
}

void arch_switch_in(struct vcpu *next)
{
	load_root(next);
	arch_load_kernel_entry(next);
}

void arch_vcpu_init(struct vcpu *v)
{
	v->arch.root = INVALID_MFN;
	for (unsigned int page = 0; page < LDT_PAGES; page++)
		v->arch.ldt[page] = INVALID_MFN;
	v->arch.int80_gate = default_int80_gate();
	v->arch.kernel_ss = SEL_RING1_DS;
}

/*
 * [tour: boot 13] A guest's first registers: ring 1, a stack of one page, and
 * in esi the address of start_info, from which it learns all else.
 */
void arch_vcpu_start_state(struct vcpu *v, unsigned long ip, unsigned long sp,
			   unsigned long start_info)
{
	struct regs *r = &v->arch.regs;

	memset(r, 0, sizeof(*r));
	r->ip = ip;
	r->sp = sp;
	r->si = start_info;
	r->cs = SEL_RING1_CS;
	r->ss = r->ds = r->es = r->fs = r->gs = SEL_RING1_DS;
	r->flags = EFL_MBS | EFL_IF;
	v->arch.kernel_ss = SEL_RING1_DS;
	v->arch.kernel_sp = sp;
}

void arch_vcpu_forget(struct vcpu *v)
{
	BUG_ON(v == current_vcpu());
	fpu_forget(v);
}

void arch_run(void)
{
	__asm__ volatile("mov %0, %%esp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "jmp leave_to_guest"
			 :
			 : "r"(&boot_cpu()->guest)
			 : "memory");
	__builtin_unreachable();
}

void arch_call_on_cpu_stack(void (*fn)(void))
{
	__asm__ volatile("mov %0, %%esp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%1\n\t"
			 "ud2"
			 :
			 : "r"(&boot_cpu()->guest), "r"(fn)
			 : "memory");
	__builtin_unreachable();
}

/*
 * int 0x80 goes straight from ring 3 to ring 1 when the guest's handler asks
 * for nothing that needs us: no event mask, and code of ring 1. A descriptor
 * that turns out bad is a fault at the int instruction, which the guest gets.
 *
 * [tour: widths 8] That 32-bit path: the guest's gate is put into the real IDT,
 * if it leads into ring 1 and asks for nothing that needs us.
 */
void arch_set_int80(struct vcpu *v)
{
	const struct guest_handler *h = &v->traps[VEC_SYSCALL];

	if (h->ip && !h->mask_events && (h->cs & SEL_RPL) == 1 && arch_code_selector_ok(h->cs))
		v->arch.int80_gate = guest_trap_gate(h->cs, h->ip, h->dpl);
	else
		v->arch.int80_gate = default_int80_gate();
	arch_load_kernel_entry(v);
}
