/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions a guest runs in ring 1 or 3: emulated under the
 * ABI's rules (4.5, 4.7), or left to the guest as #GP.
 */
#include "lib/version.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#include <xen/arch-x86/cpuid.h>

/* What a paravirtual guest reads in CR0 besides its own TS (ABI 4.5). */
#define GUEST_CR0 (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG)
#define GUEST_CR4 (CR4_PAE | CR4_MCE)

/* CPUID leaf 1 EDX: what guests must not use, or can't. ABI appendix B, 3.2. */
#define CPUID1_EDX_HIDDEN                                                              \
	(CPUID_VME | CPUID_PSE | CPUID_PGE | CPUID_PSE36 | CPUID_MTRR | 1u << 7 /* MCE */ | \
	 1u << 14 /* MCA */ | 1u << 29 /* TM */ | 1u << 21 /* DS */ | 1u << 22 /* ACPI */)
/* ECX: MONITOR, DS-CPL, VMX, SMX, EST, TM2, PDCM, PCID, x2APIC, deadline, XSAVE.. */
#define CPUID1_ECX_SHOWN                                                           \
	(1u << 0 /* SSE3 */ | 1u << 9 /* SSSE3 */ | 1u << 13 /* CX16 */ |          \
	 1u << 19 /* SSE4.1 */ | 1u << 20 /* SSE4.2 */ | 1u << 23 /* POPCNT */)
#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID81_EDX_NX (1u << 20)
#define CPUID81_EDX_LM (1u << 29)
#define CPUID81_EDX_1G (1u << 26)

/* P6 parts before model 3, stepping 3 report a SYSENTER they don't have (AP-485). */
static bool sep_is_broken(u32 signature)
{
	return (signature >> 8 & 0xf) == 6 && (signature & 0xff) < 0x33;
}

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
		r.d &= ~(CPUID81_EDX_NX | CPUID81_EDX_LM | CPUID81_EDX_1G | CPUID_PSE |
			 CPUID_PGE | CPUID_PSE36 | CPUID_VME | CPUID_MTRR);
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

	if (!arch_segment_base((u16)r->cs, &base) ||
	    copy_from_guest(code, base + r->ip, sizeof(code)))
		return false;
	if (code[0] != 0x0f || code[1] != 0xae ||
	    (code[2] != 0xe8 && code[2] != 0xf0 && code[2] != 0xf8))
		return false;
	r->ip += sizeof(code);
	return true;
}

bool privop_undefined(struct regs *r)
{
	struct insn insn;

	if (skip_fence(r))
		return true;
	if (!fetch_guest_insn(r, &insn) || insn.kind != INSN_FORCED_CPUID)
		return false;
	store_cpuid(r);
	r->ip += insn.len_bytes;
	return true;
}

static unsigned long *gpr(struct regs *r, unsigned int nr)
{
	unsigned long *const map[] = { &r->ax, &r->cx, &r->dx, &r->bx,
				       &r->sp, &r->bp, &r->si, &r->di };

	return map[nr & 7];
}

static bool read_cr(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	unsigned long val;

	switch (insn->reg) {
	case 0:
		val = GUEST_CR0 | (v->arch.virtual_ts ? CR0_TS : 0);
		break;
	case 2:
		val = v->arch.fault_address;
		break;
	case 3:
		val = arch_root_to_cr3(v->arch.root);
		break;
	case 4:
		val = GUEST_CR4 | (read_cr4() & (CR4_OSFXSR | CR4_OSXMMEXCPT));
		break;
	default:
		return false;
	}
	*gpr(r, insn->rm) = val;
	return true;
}

static bool write_cr(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	unsigned long val = *gpr(r, insn->rm);

	switch (insn->reg) {
	case 0: /* only TS is the guest's to change */
		arch_set_virtual_ts(v, val & CR0_TS);
		return true;
	case 2:
		v->arch.fault_address = val;
		return true;
	case 4: /* accepted, and without effect: the guest's view is fixed */
		return true;
	}
	return false;
}

/* Ports: absent devices. Reads are all ones, writes go nowhere (ABI 4.7). */
static bool port_access(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	unsigned long mask = insn->op_bytes == 4 ? ~0UL : (1UL << 8 * insn->op_bytes) - 1;

	if (v->arch.iopl < (regs_in_guest_kernel(r) ? 1 : 3))
		return false;
	if (insn->kind == INSN_IN)
		r->ax |= mask;
	return insn->kind == INSN_IN || insn->kind == INSN_OUT;
}

/* Emulated for the guest's kernel only. */
static bool emulate_for_kernel(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_CLI: /* IF belongs to the monitor; the upcall mask is the guest's way */
	case INSN_STI:
	case INSN_WBINVD:
		return true;
	case INSN_CLTS:
		arch_set_virtual_ts(v, false);
		return true;
	case INSN_HLT:
		r->ip += insn->len_bytes;
		sched_block();
		r->ip -= insn->len_bytes;
		return true;
	case INSN_INVLPG:
		tlb_flush_later();
		return true;
	case INSN_MOV_FROM_CR:
		return read_cr(v, r, insn);
	case INSN_MOV_TO_CR:
		return write_cr(v, r, insn);
	default:
		return false;
	}
}

bool privop_emulate(struct vcpu *v, struct regs *r)
{
	struct insn insn;
	bool done = false;

	if (!fetch_guest_insn(r, &insn))
		return false;
	switch (insn.kind) {
	case INSN_IN:
	case INSN_OUT:
		done = port_access(v, r, &insn);
		break;
	default:
		if (regs_in_guest_kernel(r))
			done = emulate_for_kernel(v, r, &insn);
	}
	if (done)
		r->ip += insn.len_bytes;
	return done;
}
