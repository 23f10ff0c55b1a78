/* SPDX-License-Identifier: MIT */
/*
 * A guest's port accesses. ABI 4.7: with virtual IOPL enough they never fault.
 * Called by privop.c.
 *
 * The initial domain reaches the ports that aren't reserved (its bitmap, if it
 * has one, spares it the way here). All others answer like absent devices: reads
 * are all ones, writes go nowhere.
 */
#include "lib/string.h"
#include "trap/trap.h"
#include "x86/io.h"
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

/* Whether all of an access is the domain's to make. */
static bool port_is_open(const struct vcpu *v, u16 port, unsigned int bytes)
{
	if (!v->domain->privileged || port + bytes > 0x10000)
		return false;
	for (unsigned int i = 0; i < bytes; i++)
		if (port_is_reserved((u16)(port + i)))
			return false;
	return true;
}

static u32 port_read(const struct vcpu *v, u16 port, unsigned int bytes)
{
	if (!port_is_open(v, port, bytes))
		return ~0u;
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void port_write(const struct vcpu *v, u16 port, unsigned int bytes, u32 value)
{
	if (!port_is_open(v, port, bytes))
		return;
	if (bytes == 1)
		outb(port, (u8)value);
	else if (bytes == 2)
		outw(port, (u16)value);
	else
		outl(port, value);
}

/* Whether the guest itself may make an access: we copy with more rights. */
static bool memory_is_open(struct vcpu *v, const struct regs *r, unsigned long gva, pte_t rights)
{
	if (!regs_in_guest_kernel(r))
		rights |= PTE_US;
	return (pt_rights(arch_current_root(v), gva) & rights) == rights;
}

/* One element, between memory and a port. False: it faults. */
static bool move_element(struct vcpu *v, const struct regs *r, const struct insn *insn,
			 unsigned long gva)
{
	pte_t rights = PTE_P | (insn->kind == INSN_INS ? PTE_RW : 0);
	u16 port = (u16)r->dx;
	u32 value = 0;

	if (!memory_is_open(v, r, gva, rights) ||
	    !memory_is_open(v, r, gva + insn->op_bytes - 1, rights))
		return false;
	if (insn->kind == INSN_OUTS) {
		if (copy_from_guest(&value, gva, insn->op_bytes))
			return false;
		port_write(v, port, insn->op_bytes, value);
		return true;
	}
	/* Reading some ports has effects: not before it is certain where to. */
	value = port_read(v, port, insn->op_bytes);
	return !copy_to_guest(gva, &value, insn->op_bytes);
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
	u16 port = (u16)(insn->has_imm ? insn->imm : r->dx);
	struct insn_gprs g;

	if (v->arch.iopl < (regs_in_guest_kernel(r) ? 1 : 3))
		return PRIVOP_NOT_OURS;
	if (insn->kind == INSN_INS || insn->kind == INSN_OUTS)
		return string_access(v, r, insn);
	/* The accumulator is register 0, and no other is touched. */
	g.r[0] = r->ax;
	if (insn->kind == INSN_IN)
		insn_gpr_write(insn, &g, 0, insn->op_bytes, port_read(v, port, insn->op_bytes));
	else
		port_write(v, port, insn->op_bytes, (u32)g.r[0]);
	r->ax = g.r[0];
	regs_advance(r, insn->len_bytes);
	return PRIVOP_DONE;
}
