/* SPDX-License-Identifier: MIT */
/*
 * 64-bit register frame, a vcpu's architectural state, and the per-CPU area.
 *
 * A CPU's block, CPU_STACK_SIZE bytes and so aligned, seen from its top:
 *
 *   top  struct cpu: what follows the guest frame
 *        struct regs guest      <- TSS.rsp0 and SYSENTER's rsp are its end
 *        C frames, and frames of nested traps
 *        ...
 *   4 x  IST_STACK_SIZE: NMI, #DB, #MC, #DF, from the bottom
 *
 * A trap of a guest always ends up in cpu->guest: the CPU pushes it there, or
 * the stub of an IST vector moves it there. All four stacks lie in the block,
 * so that this_cpu() is right on each.
 */
#ifndef X86_64_REGS_H
#define X86_64_REGS_H

#include "lib/types.h"
#include "x86/desc.h"
#include "x86/pte.h"

struct regs {
	/* The hypercall arguments 1..6, in their order: struct hc_args. */
	unsigned long di, si, dx, r10, r8, r9;
	unsigned long ax, bx, cx, bp, r11, r12, r13, r14, r15;
	unsigned long vector, error; /* VEC_SYSCALL_ENTRY: SYSRET will do as the way back */
	unsigned long ip, cs, flags, sp, ss;
};

#define NR_GPRS 16

/* A general register by its number in instructions. */
static inline unsigned long *regs_gpr(struct regs *r, unsigned int nr)
{
	static const u8 offset[NR_GPRS] = {
		offsetof(struct regs, ax), offsetof(struct regs, cx), offsetof(struct regs, dx),
		offsetof(struct regs, bx), offsetof(struct regs, sp), offsetof(struct regs, bp),
		offsetof(struct regs, si), offsetof(struct regs, di), offsetof(struct regs, r8),
		offsetof(struct regs, r9), offsetof(struct regs, r10), offsetof(struct regs, r11),
		offsetof(struct regs, r12), offsetof(struct regs, r13), offsetof(struct regs, r14),
		offsetof(struct regs, r15),
	};

	return (unsigned long *)(void *)((char *)r + offset[nr % NR_GPRS]);
}

/* Segments have no limits in 64-bit mode: nothing to be mended. */
#define ARCH_SEGMENT_LIMITS 0

#define CPU_STACK_SIZE 0x8000
#define IST_STACK_SIZE 0x1000
#define GDT_GUEST_PAGES 14 /* guest descriptors fill at most these (ABI: 7168) */
#define GDT_GUEST_ENTRIES (GDT_GUEST_PAGES * 512)
#define LDT_PAGES 16
#define LDT_MAX_ENTRIES 8192

struct arch_vcpu {
	struct regs regs;	/* while it doesn't run */
	/* Which of its two worlds it is in: both run in ring 3. Its own CPU only. */
	bool in_kernel;
	mfn_t root, user_root;	/* a reference and a type reference each; user: or INVALID_MFN */
	u16 kernel_ss;		/* stack_switch; only the stack pointer counts */
	unsigned long kernel_sp;

	/* While it doesn't run; the CPU's own registers hold them otherwise. */
	u16 ds, es, fs, gs;
	bool selectors_owed;	/* switched in, and its selectors not loaded yet */
	bool selectors_refused;	/* one could not be: the failsafe tells which they were */
	unsigned long fs_base, gs_base_kernel, gs_base_user;

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
} __aligned(16);		/* the CPU aligns its frames, so ours must be */

static inline struct cpu *this_cpu(void)
{
	unsigned long sp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu *)((sp | (CPU_STACK_SIZE - 1)) + 1 - sizeof(struct cpu));
}

#endif
