/* SPDX-License-Identifier: MIT */
/*
 * 64-bit register frame and a vcpu's architectural state, as far as the
 * layers that compile for both widths need them.
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
	unsigned long vector, error;
	unsigned long ip, cs, flags, sp, ss;
};

#define GDT_GUEST_PAGES 14
#define GDT_GUEST_ENTRIES (GDT_GUEST_PAGES * 512)
#define LDT_PAGES 16
#define LDT_MAX_ENTRIES 8192

struct arch_vcpu {
	struct regs regs;
	mfn_t root, user_root;
	u16 kernel_ss;
	unsigned long kernel_sp;
	unsigned int nr_gdt_entries;
	mfn_t gdt[GDT_GUEST_PAGES];
	unsigned long ldt_gva;
	unsigned int nr_ldt_entries;
	mfn_t ldt[LDT_PAGES];
	unsigned long dr[8];
	unsigned long fault_address;
	bool virtual_ts;
	u8 iopl;
};

#endif
