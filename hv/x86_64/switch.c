/* SPDX-License-Identifier: MIT */
/*
 * What of a vcpu follows it into the CPU on this width: its roots and segments,
 * and in which of its two worlds it is. Called by domain/running.c and the
 * hypercalls that change the running vcpu.
 */
#include "domain/domain.h"
#include "gates.h"
#include "lib/string.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"

/* Both worlds are ring 3: the vcpu knows. */
bool regs_in_guest_kernel(const struct regs *r)
{
	(void)r;
	return this_cpu()->current->arch.in_kernel;
}

mfn_t arch_current_root(const struct vcpu *v)
{
	return v->arch.in_kernel ? v->arch.root : v->arch.user_root;
}

mfn_t *arch_user_root(struct vcpu *v)
{
	return &v->arch.user_root;
}

/* The CPU walks the guest's own table: it has been checked, and our slots are in it. */
static void load_root(mfn_t root)
{
	write_cr3((unsigned long)mfn_to_maddr(root).v);
}

static void swap_gs(void)
{
	__asm__ volatile("swapgs" ::: "memory");
}

/*
 * [tour: widths 9] From a guest's user to its kernel: the flag, the GS base, the
 * root. Writing CR3 empties the TLB: what 64-bit guests pay for each system call.
 */
void enter_guest_kernel(struct vcpu *v)
{
	v->arch.in_kernel = true;
	swap_gs();
	load_root(v->arch.root);
}

void enter_guest_user(struct vcpu *v)
{
	v->arch.in_kernel = false;
	swap_gs();
	load_root(v->arch.user_root);
}

bool arch_kernel_view(struct vcpu *v, bool on)
{
	if (v->arch.in_kernel)
		return true;
	load_root(on ? v->arch.root : v->arch.user_root);
	return false;
}

void arch_root_changed(mfn_t root)
{
	(void)root; /* the CPU walks it itself; whoever changed it sees to the TLB */
}

unsigned long arch_root_to_cr3(mfn_t root)
{
	return (unsigned long)mfn_to_maddr(root).v;
}

void arch_load_new_root(struct vcpu *v)
{
	if (v == current_vcpu())
		load_root(arch_current_root(v));
}

void arch_load_kernel_entry(struct vcpu *v)
{
	(void)v; /* the kernel's stack pointer is looked up when a frame is pushed */
}

void arch_set_int80(struct vcpu *v)
{
	(void)v; /* int 0x80 is as any other: a gate can't change roots */
}

void arch_switch_out(struct vcpu *prev)
{
	segments_save(prev);
}

void arch_switch_in(struct vcpu *next)
{
	load_root(arch_current_root(next));
	next->arch.selectors_owed = true;
}

void arch_vcpu_init(struct vcpu *v)
{
	v->arch.root = v->arch.user_root = INVALID_MFN;
	v->arch.in_kernel = true;
	for (unsigned int page = 0; page < LDT_PAGES; page++)
		v->arch.ldt[page] = INVALID_MFN;
}

void arch_vcpu_start_state(struct vcpu *v, unsigned long ip, unsigned long sp,
			   unsigned long start_info)
{
	struct regs *r = &v->arch.regs;

	memset(r, 0, sizeof(*r));
	r->ip = ip;
	r->sp = sp;
	r->si = start_info;
	r->cs = SEL_RING3_CS64;
	r->ss = SEL_RING3_DS;
	r->flags = EFL_MBS | EFL_IF;
	v->arch.kernel_sp = sp;
}

void arch_vcpu_forget(struct vcpu *v)
{
	BUG_ON(v == current_vcpu());
	fpu_forget(v);
}

void arch_run(void)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "jmp leave_to_guest"
			 :
			 : "r"(&boot_cpu()->guest)
			 : "memory");
	__builtin_unreachable();
}

void arch_call_on_cpu_stack(void (*fn)(void))
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%1\n\t"
			 "ud2"
			 :
			 : "r"(&boot_cpu()->guest), "r"(fn)
			 : "memory");
	__builtin_unreachable();
}
