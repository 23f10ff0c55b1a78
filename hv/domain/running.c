/* SPDX-License-Identifier: MIT */
/*
 * Which vcpu this CPU runs: its frame, and what follows it into the CPU.
 *
 * There is one stack a CPU, so a switch copies the register frame and no
 * stack: the way out of the monitor then simply leaves to somebody else. What
 * differs between the widths is arch_switch_out() and arch_switch_in().
 * Called by sched.c and the hypercalls that change the running vcpu.
 */
#include "domain/domain.h"
#include "layout.h"
#include "x86/arch.h"
#include "x86/cpu.h"

/* Pages of a guest's tables that this CPU's windows show: more are empty. */
static unsigned int gdt_pages_shown, ldt_pages_shown;

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

static unsigned int descriptor_pages(unsigned int nr_entries)
{
	return (nr_entries + 511) / 512;
}

/*
 * Show v's tables to the CPU; the caller drops old translations.
 *
 * [tour: context-switch 7] A guest's own segment descriptors lie in frames of
 * its own, which are shown to the CPU in windows of a table that is always ours
 * at its end.
 */
static void load_descriptor_tables(const struct vcpu *v)
{
	unsigned int gdt = descriptor_pages(v->arch.nr_gdt_entries);
	unsigned int ldt = descriptor_pages(v->arch.nr_ldt_entries);
	unsigned int page;

	for (page = 0; page < MAX(gdt, gdt_pages_shown); page++)
		arch_gdt_map(page, page < gdt ? v->arch.gdt[page] : INVALID_MFN);
	for (page = 0; page < MAX(ldt, ldt_pages_shown); page++)
		arch_ldt_map(page, page < ldt ? v->arch.ldt[page] : INVALID_MFN);
	gdt_pages_shown = gdt;
	ldt_pages_shown = ldt;
	arch_ldt_select(v->arch.nr_ldt_entries);
}

void vcpu_load_descriptor_tables(struct vcpu *v)
{
	if (v != current_vcpu())
		return;
	load_descriptor_tables(v);
	for (unsigned int page = 0; page < GDT_GUEST_PAGES; page++)
		invlpg((const void *)(GDT_VA + page * PAGE_SIZE));
	for (unsigned int page = 0; page < LDT_PAGES; page++)
		invlpg((const void *)(LDT_VA + page * PAGE_SIZE));
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

void vcpu_load_debug(struct vcpu *v)
{
	if (v == current_vcpu())
		load_debug_registers(v);
}

/*
 * [tour: context-switch 5] There is one stack a CPU, so no stacks are switched:
 * the registers at its top are exchanged for another vcpu's, and the way out
 * leaves to somebody else. The rest is what the CPU itself has to know.
 */
void vcpu_switch_to(struct vcpu *next)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *prev = cpu->current;

	if (prev == next)
		return;
	if (prev) {
		prev->arch.regs = cpu->guest;
		arch_switch_out(prev);
	}
	cpu->guest = next->arch.regs;
	cpu->current = next;

	load_descriptor_tables(next);
	arch_switch_in(next); /* the root too: old translations are gone */
	load_debug_registers(next);
	fpu_switch_in(next);
	vcpu_load_io_bitmap(next);
}
