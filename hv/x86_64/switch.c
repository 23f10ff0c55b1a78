/* SPDX-License-Identifier: MIT */
/*
 * Which vcpu this CPU runs, and in which of its two worlds: frame, root,
 * descriptor tables.
 *
 * There is one stack a CPU, so a switch copies the register frame and no
 * stack: the way out of the monitor then simply leaves to somebody else.
 * Called by domain/sched.c and the hypercalls that change the running vcpu.
 */
#include "domain/domain.h"
#include "gates.h"
#include "lib/string.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"

struct vcpu *current_vcpu(void)
{
	return this_cpu()->current;
}

struct regs *guest_regs(void)
{
	return &this_cpu()->guest;
}

struct regs *vcpu_regs(struct vcpu *v)
{
	return this_cpu()->current == v ? &this_cpu()->guest : &v->arch.regs;
}

bool regs_from_guest(const struct regs *r)
{
	return r->cs & SEL_RPL;
}

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

void arch_tlb_flush(void)
{
	write_cr3(read_cr3());
}

void arch_tlb_flush_page(unsigned long gva)
{
	invlpg((const void *)gva);
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

/* Map the running vcpu's GDT frames; the caller drops old translations. */
static void load_gdt(const struct vcpu *v)
{
	for (unsigned int page = 0; page < GDT_GUEST_PAGES; page++)
		gdt_page_set(page, page * 512 < v->arch.nr_gdt_entries ? v->arch.gdt[page]
								       : INVALID_MFN);
}

static void load_ldt(const struct vcpu *v)
{
	for (unsigned int page = 0; page < LDT_PAGES; page++)
		fixmap_set(FIXMAP_LDT_PAGE + page,
			   mfn_eq(v->arch.ldt[page], INVALID_MFN)
				   ? 0
				   : pte_make(v->arch.ldt[page], PTE_MONITOR_RW));
	if (!v->arch.nr_ldt_entries) {
		__asm__ volatile("lldt %w0" : : "r"(0));
		return;
	}
	ldt_descriptor_set(v->arch.nr_ldt_entries * 8 - 1);
	__asm__ volatile("lldt %w0" : : "r"(SEL_LDT));
}

void arch_ldt_map(unsigned int page, mfn_t mfn)
{
	fixmap_set(FIXMAP_LDT_PAGE + page, pte_make(mfn, PTE_MONITOR_RW));
}

void arch_load_descriptor_tables(struct vcpu *v)
{
	if (v != current_vcpu())
		return;
	load_gdt(v);
	load_ldt(v);
	for (unsigned int page = 0; page < FIXMAP_LDT_PAGE + LDT_PAGES; page++)
		invlpg((const void *)(GDT_VA + page * PAGE_SIZE));
}

void arch_load_kernel_entry(struct vcpu *v)
{
	(void)v; /* the kernel's stack pointer is looked up when a frame is pushed */
}

void arch_set_int80(struct vcpu *v)
{
	(void)v; /* int 0x80 is as any other: a gate can't change roots */
}

static void load_debug_registers(const struct vcpu *v)
{
	const unsigned long *dr = v->arch.dr;

	__asm__ volatile("mov %0, %%dr7" : : "r"(0UL));
	if (!(dr[7] & 0xff))
		return;
	__asm__ volatile("mov %0, %%dr0" : : "r"(dr[0]));
	__asm__ volatile("mov %0, %%dr1" : : "r"(dr[1]));
	__asm__ volatile("mov %0, %%dr2" : : "r"(dr[2]));
	__asm__ volatile("mov %0, %%dr3" : : "r"(dr[3]));
	__asm__ volatile("mov %0, %%dr7" : : "r"(dr[7]));
}

void arch_load_debug(struct vcpu *v)
{
	if (v == current_vcpu())
		load_debug_registers(v);
}

void arch_switch_to(struct vcpu *next)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *prev = cpu->current;

	if (prev == next)
		return;
	if (prev) {
		prev->arch.regs = cpu->guest;
		segments_save(prev);
	}
	cpu->guest = next->arch.regs;
	cpu->current = next;

	load_gdt(next);
	load_ldt(next);
	load_root(arch_current_root(next)); /* also drops the old tables' translations */
	next->arch.selectors_owed = true;
	load_debug_registers(next);
	fpu_switch_in(next);
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

void arch_idle(void)
{
	irq_enable_and_halt();
	irq_disable();
}

void arch_irq_window(void)
{
	/* STI takes effect after the next instruction: that is where they come. */
	__asm__ volatile("sti; nop; cli" ::: "memory");
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
