/* SPDX-License-Identifier: MIT */
/*
 * The CPU as guests see it through the forced form of CPUID (ud2a "xen"
 * cpuid), and what else a #UD may mean that is ours to serve. ABI 4.5,
 * appendix B. The plain CPUID doesn't trap and shows the hardware's values.
 */
#include "domain/trace.h"
#include "lib/version.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#include "abi.h" /* the width folder's */

#include <xen/arch-x86/cpuid.h>

/* CPUID leaf 1 EDX: what guests must not use, or can't. ABI appendix B, 3.2. */
#define CPUID1_EDX_HIDDEN                                                              \
	(CPUID_VME | CPUID_PSE | CPUID_PGE | CPUID_PSE36 | CPUID_MTRR |                \
	 1u << 29 /* TM */ | 1u << 21 /* DS */ | 1u << 22 /* ACPI */)
/* ECX: MONITOR, DS-CPL, VMX, SMX, EST, TM2, PDCM, PCID, x2APIC, deadline, XSAVE.. */
#define CPUID1_ECX_SHOWN                                                           \
	(1u << 0 /* SSE3 */ | 1u << 9 /* SSSE3 */ | 1u << 13 /* CX16 */ |          \
	 1u << 19 /* SSE4.1 */ | 1u << 20 /* SSE4.2 */ | 1u << 23 /* POPCNT */)
#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID81_EDX_1G (1u << 26)

/* The CPU as a guest may see it, in the forced form of cpuid. */
static struct cpuid_regs guest_cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = { 0, 0, 0, 0 };

	if (leaf == XEN_CPUID_LEAF(0))
		return (struct cpuid_regs){ XEN_CPUID_LEAF(2), XEN_CPUID_SIGNATURE_EBX,
					    XEN_CPUID_SIGNATURE_ECX,
					    XEN_CPUID_SIGNATURE_EDX };
	if (leaf == XEN_CPUID_LEAF(1)) {
		r.a = CLAIMED_XEN_VERSION;
		return r;
	}
	if (leaf == XEN_CPUID_LEAF(2)) {
		r.a = 1; /* hypercall pages */
		r.c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		return r;
	}
	if (leaf > XEN_CPUID_LEAF(2) && leaf < XEN_CPUID_LEAF(0x10000))
		return r;
	r = cpuid(leaf, subleaf);
	switch (leaf) {
	case 1:
		r.d &= ~CPUID1_EDX_HIDDEN;
		if (sep_is_broken(r.a))
			r.d &= ~CPUID_SEP;
		r.c = (r.c & CPUID1_ECX_SHOWN) | CPUID1_ECX_HYPERVISOR;
		break;
	case 5: /* MONITOR */
	case 6: /* power */
	case 7: /* SMEP, SMAP, FSGSBASE, INVPCID.. */
	case 0xa:
	case 0xd:
		r = (struct cpuid_regs){ 0, 0, 0, 0 };
		break;
	case 0x80000001:
		r.d &= ~(ABI_CPUID81_EDX_HIDDEN | CPUID81_EDX_1G | CPUID_PSE | CPUID_PGE |
			 CPUID_PSE36 | CPUID_VME | CPUID_MTRR);
		break;
	}
	return r;
}

static void store_cpuid(struct regs *r)
{
	struct cpuid_regs c = guest_cpuid((u32)r->ax, (u32)r->cx);

	r->ax = c.a;
	r->bx = c.b;
	r->cx = c.c;
	r->dx = c.d;
}

/*
 * LFENCE, MFENCE, SFENCE: 0F AE E8, F0, F8. Stock guests are built with them
 * (GRUB's i386-xen is), and a P6 without SSE2 knows them not. Any trap orders
 * memory more strictly than they ask.
 */
static bool skip_fence(struct regs *r)
{
	u8 code[3];
	unsigned long base;

	if (!arch_segment_base(r, SEG_CS, &base) ||
	    copy_from_guest(code, base + r->ip, sizeof(code)))
		return false;
	if (code[0] != 0x0f || code[1] != 0xae ||
	    (code[2] != 0xe8 && code[2] != 0xf0 && code[2] != 0xf8))
		return false;
	trace_emulate_kind(r, TRACE_EMU_FENCE);
	regs_advance(r, sizeof(code));
	return true;
}

/*
 * SYSCALL from ring 3. The hardware's own would enter ring 0 on the user's
 * stack with TF live, so EFER.SCE stays off and the instruction is #UD: then
 * it works the same on CPUs that don't have it.
 */
static bool system_call(struct vcpu *v, struct regs *r)
{
	u8 code[2];
	unsigned long base;

	if (regs_in_guest_kernel(r) || !v->syscall32_callback.ip ||
	    !arch_segment_base(r, SEG_CS, &base) ||
	    copy_from_guest(code, base + r->ip, sizeof(code)) || code[0] != 0x0f ||
	    code[1] != 0x05)
		return false;
	regs_advance(r, sizeof(code));
	r->cx = r->ip;
	bounce_system_call(v, &v->syscall32_callback);
	return true;
}

bool privop_undefined(struct vcpu *v, struct regs *r)
{
	struct insn insn;

	if (system_call(v, r) || skip_fence(r))
		return true;
	if (!fetch_guest_insn(r, &insn) || insn.kind != INSN_FORCED_CPUID)
		return false;
	store_cpuid(r);
	trace_emulate(r, &insn);
	regs_advance(r, insn.len_bytes);
	return true;
}
