/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions a guest runs in ring 1 or 3: emulated under the
 * ABI's rules (4.5), or left to the guest as #GP. Ports are port.c's, MSRs
 * msr.c's. Called by fault.c.
 */
#include "domain/trace.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

/* What a paravirtual guest reads in CR0 besides its own TS (ABI 4.5). */
#define GUEST_CR0 (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG)
#define GUEST_CR4 (CR4_PAE | CR4_MCE)

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
	*regs_gpr(r, insn->rm) = val;
	return true;
}

static bool write_cr(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	unsigned long val = *regs_gpr(r, insn->rm);

	switch (insn->reg) {
	case 0: /* only TS is the guest's to change */
		fpu_set_virtual_ts(v, val & CR0_TS);
		return true;
	case 2:
		v->arch.fault_address = val;
		return true;
	case 4: /* accepted, and without effect: the guest's view is fixed */
		return true;
	}
	return false;
}

/* LMSW: of its four bits only TS is the guest's. */
static bool load_msw(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	struct insn_gprs g = { { 0 } };
	unsigned long base;
	u16 msw = (u16)*regs_gpr(r, insn->rm);

	regs_to_gprs(r, &g);
	if (insn->mem &&
	    (!arch_segment_base(r, operand_segment(insn), &base) ||
	     copy_from_guest(&msw, base + insn_mem_offset(insn, &g, r->ip + insn->len_bytes),
			     sizeof(msw))))
		return false;
	if (msw & CR0_TS)
		fpu_set_virtual_ts(v, true);
	return true;
}

/* DR4 and DR5 are other names of DR6 and DR7. */
static unsigned int debug_register(const struct insn *insn)
{
	return insn->reg == 4 || insn->reg == 5 ? insn->reg + 2u : insn->reg;
}

static bool emulate_msr(struct regs *r, bool write)
{
	u64 val = r->ax | (u64)r->dx << 32;

	if (write)
		return msr_write((u32)r->cx, val);
	if (!msr_read((u32)r->cx, &val))
		return false;
	r->ax = (u32)val;
	r->dx = (u32)(val >> 32);
	return true;
}

/* Emulated for the guest's kernel only. */
static bool emulate_for_kernel(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_CLI: /* with prefixes; IF belongs to the monitor */
	case INSN_STI:
	case INSN_WBINVD:
	case INSN_INVD:
		return true;
	case INSN_CLTS:
		fpu_set_virtual_ts(v, false);
		return true;
	case INSN_LMSW:
		return load_msw(v, r, insn);
	case INSN_HLT:
		sched_block();
		return true;
	case INSN_INVLPG:
		tlb_flush_later();
		return true;
	case INSN_MOV_FROM_CR:
		return read_cr(v, r, insn);
	case INSN_MOV_TO_CR:
		return write_cr(v, r, insn);
	case INSN_MOV_FROM_DR:
		*regs_gpr(r, insn->rm) = v->arch.dr[debug_register(insn)];
		return true;
	case INSN_MOV_TO_DR:
		return vcpu_set_debugreg(v, debug_register(insn), *regs_gpr(r, insn->rm)) == 0;
	case INSN_RDMSR:
		return emulate_msr(r, false);
	case INSN_WRMSR:
		return emulate_msr(r, true);
	default:
		return false;
	}
}

/*
 * CLI or STI of a kernel, told by one byte: Linux runs one in every slab fast
 * path on CPUs without CMPXCHG16B, so this way is short.
 *
 * [tour: first-trap 8] Our `cli` ends here: ip is moved behind it, and that is
 * all. Doing more would be wrong as long as `popf`, which doesn't trap, goes
 * unseen (lab 2). The guest masks events in memory instead.
 */
static bool skip_interrupt_flag(struct regs *r)
{
	unsigned long base;
	u8 opcode;

	if (!regs_in_guest_kernel(r) || !arch_segment_base(r, SEG_CS, &base) ||
	    copy_from_guest(&opcode, base + r->ip, 1) || (opcode & 0xfe) != 0xfa)
		return false;
	trace_emulate_kind(r, opcode & 1 ? INSN_STI : INSN_CLI);
	regs_advance(r, 1);
	return true;
}

/*
 * [tour: first-trap 7] A privileged instruction may be done for the guest, if
 * it is its kernel's and the ABI says with which effect; or refused, and then
 * the guest gets the exception that an unprivileged program gets.
 */
enum privop privop_emulate(struct vcpu *v, struct regs *r)
{
	struct insn insn;
	enum privop done;

	if (skip_interrupt_flag(r))
		return PRIVOP_DONE;
	if (!fetch_guest_insn(r, &insn))
		return PRIVOP_NOT_OURS;
	switch (insn.kind) {
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		done = port_emulate(v, r, &insn);
		if (done == PRIVOP_DONE)
			trace_emulate(r, &insn);
		return done;
	case INSN_CLI:
	case INSN_STI:
		/* A user whom the kernel gave IOPL 3 may, as little as that does. */
		if (!regs_in_guest_kernel(r) && v->arch.iopl < 3)
			return PRIVOP_NOT_OURS;
		break;
	default:
		if (!regs_in_guest_kernel(r) || !emulate_for_kernel(v, r, &insn))
			return PRIVOP_NOT_OURS;
	}
	trace_emulate(r, &insn);
	regs_advance(r, insn.len_bytes);
	return PRIVOP_DONE;
}
