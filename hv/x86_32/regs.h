/* SPDX-License-Identifier: MIT */
/*
 * 32-bit register frame, a vcpu's architectural state, and the per-CPU area.
 *
 * A CPU's stack, 16 KiB aligned, seen from its top. The CPU pushes a guest's
 * ss..eip from TSS.esp0 = &cpu->guest + 1 downwards, the stubs the rest, so
 * the frame of the running guest is always cpu->guest:
 *
 *   top  struct cpu: what follows the guest frame
 *        struct regs guest      <- TSS.esp0 is its end
 *        C frames, and frames of nested traps (without sp, ss)
 */
#ifndef X86_32_REGS_H
#define X86_32_REGS_H

#include "lib/types.h"
#include "x86/desc.h"
#include "x86/pte.h"

struct regs {
	/* The hypercall arguments 1..6, in their order: struct hc_args. */
	unsigned long bx, cx, dx, si, di, bp;
	unsigned long ax;
	unsigned long ds, es, fs, gs; /* upper halves are junk: use the low 16 bits */
	unsigned long vector, error;
	unsigned long ip, cs, flags;
	unsigned long sp, ss; /* not there in a frame of the monitor's own code */
};

#define NR_GPRS 8

/* A general register by its number in instructions. */
static inline unsigned long *regs_gpr(struct regs *r, unsigned int nr)
{
	static const u8 offset[NR_GPRS] = {
		offsetof(struct regs, ax), offsetof(struct regs, cx), offsetof(struct regs, dx),
		offsetof(struct regs, bx), offsetof(struct regs, sp), offsetof(struct regs, bp),
		offsetof(struct regs, si), offsetof(struct regs, di),
	};

	return (unsigned long *)(void *)((char *)r + offset[nr % NR_GPRS]);
}

/* Segments have limits, and ours are cut short: trap/segment.c. */
#define ARCH_SEGMENT_LIMITS 1

#define CPU_STACK_SIZE 0x4000
#define GDT_GUEST_PAGES 14 /* guest descriptors fill at most these (ABI: 7168) */
#define GDT_GUEST_ENTRIES (GDT_GUEST_PAGES * 512)
#define LDT_PAGES 16
#define LDT_MAX_ENTRIES 8192

struct arch_vcpu {
	struct regs regs;	/* while it doesn't run */
	pte_t pdpt[4] __aligned(32); /* hardware root: our form of the guest's L3 */
	mfn_t root;		/* the guest's L3: a reference and a type reference */
	u16 kernel_ss;		/* stack_switch: TSS ss1:esp1 */
	unsigned long kernel_sp;
	desc_t int80_gate;	/* what stands at IDT vector 0x80 while it runs */

	unsigned int nr_gdt_entries;
	mfn_t gdt[GDT_GUEST_PAGES];	/* a reference and a type reference each */
	unsigned long ldt_gva;		/* MMUEXT_SET_LDT */
	unsigned int nr_ldt_entries;
	mfn_t ldt[LDT_PAGES];		/* mapped on demand; INVALID_MFN: not yet */

	unsigned long dr[8];
	unsigned long fault_address;	/* last cr2 given to the guest */
	bool fpu_initialised;
	bool virtual_ts;	/* fpu_taskswitch: the guest wants #NM */
	u8 iopl;		/* virtual, physdev set_iopl */
	u8 fpu[512] __aligned(16);
};

struct vcpu;

struct cpu {
	struct regs guest;	/* running guest's registers; must be first */
	struct vcpu *current;
	struct vcpu *fpu_owner;	/* whose state the FPU holds; NULL: nobody's */
	unsigned int id;
	bool need_resched;
	bool need_tlb_flush;
	bool in_irq_window;
};

static inline struct cpu *this_cpu(void)
{
	unsigned long sp;

	__asm__("mov %%esp, %0" : "=r"(sp));
	return (struct cpu *)((sp | (CPU_STACK_SIZE - 1)) + 1 - sizeof(struct cpu));
}

#endif
