/* SPDX-License-Identifier: MIT */
/*
 * A guest's port accesses. ABI 4.7: with virtual IOPL enough they never fault.
 * No port is any guest's yet, so all answer like absent devices: reads are all
 * ones, writes go nowhere. Called by privop.c.
 */
#include "lib/string.h"
#include "trap/trap.h"
#include "x86/vectors.h"

/* Of a repeated string instruction, before interrupts are let in again. */
#define MAX_STEPS 1024

/* The guest's own page fault on the memory side of a string instruction. */
static void memory_fault(struct vcpu *v, const struct regs *r, unsigned long gva, bool write)
{
	u32 error = (write ? PFEC_W : 0) | (regs_in_guest_kernel(r) ? 0 : PFEC_U);

	if (pt_rights(arch_current_root(v), gva))
		error |= PFEC_P;
	bounce_page_fault(v, gva, error);
}

/*
 * One element, between memory and a port that isn't there. False: it faults.
 * For a user the page must be the user's too: we copy with more rights.
 */
static bool move_element(struct vcpu *v, const struct regs *r, const struct insn *insn,
			 unsigned long gva)
{
	u8 bytes[4];

	if (!regs_in_guest_kernel(r) &&
	    (!(pt_rights(arch_current_root(v), gva) & PTE_US) ||
	     !(pt_rights(arch_current_root(v), gva + insn->op_bytes - 1) & PTE_US)))
		return false;
	if (insn->kind == INSN_OUTS)
		return !copy_from_guest(bytes, gva, insn->op_bytes);
	memset(bytes, 0xff, sizeof(bytes));
	return !copy_to_guest(gva, bytes, insn->op_bytes);
}

/* INS and OUTS, REP and all; registers advance as elements are done. */
static enum privop string_access(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	struct insn_gprs g = { { 0 } };
	unsigned long base, gva;

	if (insn->op_bytes > 4 || !arch_segment_base(r, operand_segment(insn), &base))
		return PRIVOP_NOT_OURS;
	regs_to_gprs(r, &g);
	for (unsigned int i = 0; i < MAX_STEPS && !insn_is_empty_rep(insn, &g); i++) {
		gva = base + insn_mem_offset(insn, &g, r->ip + insn->len_bytes);
		if (!move_element(v, r, insn, gva)) {
			regs_from_gprs(r, &g);
			memory_fault(v, r, gva, insn->kind == INSN_INS);
			return PRIVOP_FAULTED;
		}
		insn_string_step(insn, &g, r->flags);
		if (!insn->rep) {
			regs_from_gprs(r, &g);
			regs_advance(r, insn->len_bytes);
			return PRIVOP_DONE;
		}
	}
	regs_from_gprs(r, &g);
	if (insn_is_empty_rep(insn, &g))
		regs_advance(r, insn->len_bytes);
	return PRIVOP_DONE;
}

enum privop port_emulate(struct vcpu *v, struct regs *r, const struct insn *insn)
{
	unsigned long mask = insn->op_bytes == 4 ? ~0UL : (1UL << 8 * insn->op_bytes) - 1;

	if (v->arch.iopl < (regs_in_guest_kernel(r) ? 1 : 3))
		return PRIVOP_NOT_OURS;
	if (insn->kind == INSN_INS || insn->kind == INSN_OUTS)
		return string_access(v, r, insn);
	if (insn->kind == INSN_IN)
		r->ax |= mask;
	regs_advance(r, insn->len_bytes);
	return PRIVOP_DONE;
}
