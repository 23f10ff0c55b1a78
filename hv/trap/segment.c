// SPDX-License-Identifier: MIT
/*
 * Accesses beyond a segment whose limit we cut: VMASST_TYPE_4gb_segments.
 *
 * Every i386 glibc program reaches its thread's variables by negative offsets
 * (%gs:-4) in a 4 GiB segment; cut below the monitor, that is a fault. Here the
 * descriptor in the live table is turned into the other half of the segment
 * (x86/desc_half.h), and the guest tries again: leaving the monitor reloads
 * the selector. Called by trap.c and fault.c. ABI 2.1, 4.8.
 *
 * No guest loop comes of it. A descriptor is turned only if it isn't yet the
 * half that every operand of the instruction through it needs; an instruction
 * that needs both halves has its fault. So a step of an instruction takes at
 * most one turn an operand, and a fault with another cause is the guest's.
 */
#include "mm/mm.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/desc_half.h"
#include "x86/operand.h"
#include "x86/vectors.h"

/* A descriptor of the running vcpu, and what this instruction needs it to be. */
struct turn {
	u16 sel;
	desc_t stands, needed;
};

static u16 selector_of(const struct regs *r, unsigned int segment)
{
	const unsigned long sel[] = {r->es, r->cs, r->ss, r->ds, r->fs, r->gs};

	return (u16)sel[segment];
}

/* D of the code segment, B of the stack's. */
static bool is_32bit(u16 sel)
{
	desc_t d;

	return arch_descriptor_read(sel, &d) && d & DESC_DB;
}

static unsigned int locate_operands(const struct regs *r, struct operand *operands)
{
	u8 bytes[DECODE_MAX_BYTES];
	struct insn_gprs gprs = {{0}};
	struct operand_code code = {
		.bytes = bytes,
		.nr = fetch_guest_code(r, bytes),
		.code32 = is_32bit((u16)r->cs),
		.stack32 = is_32bit((u16)r->ss),
		.gprs = &gprs,
	};

	regs_to_gprs(r, &gprs);
	return operand_locate(&code, operands);
}

/*
 * What one operand asks for: 1 and *turn, 0 if its segment isn't one of ours
 * to turn, -1 if neither half can serve it.
 */
static int operand_turn(const struct regs *r, const struct operand *op, struct turn *turn)
{
	struct offset_range range = {op->offset, op->offset + op->size_bytes - 1};

	turn->sel = selector_of(r, op->segment);
	if (!arch_descriptor_read(turn->sel, &turn->stands) ||
	    !desc_is_half(turn->stands, &guest_desc_rules))
		return 0;
	/* Over the last offset: partly below the base, partly above. */
	if (range.last < range.first ||
	    !desc_half_for(turn->stands, &guest_desc_rules, range, &turn->needed))
		return -1;
	return 1;
}

static void notify(struct vcpu *v)
{
	if (v->domain->assists & (1u << VMASST_TYPE_4gb_segments_notify) && v->traps[VEC_SPV].ip)
		bounce_exception(v, VEC_SPV, false, 0);
}

bool segment_turn(struct vcpu *v, struct regs *r)
{
	struct operand operands[OPERANDS_MAX];
	struct turn turns[OPERANDS_MAX];
	unsigned int nr_operands, nr = 0;

	if (!(v->domain->assists & (1u << VMASST_TYPE_4gb_segments)) || r->flags & EFL_VM)
		return false;
	nr_operands = locate_operands(r, operands);
	for (unsigned int i = 0; i < nr_operands; i++) {
		int found = operand_turn(r, &operands[i], &turns[nr]);

		if (found < 0)
			return false;
		nr += (unsigned int)found;
	}
	/* One descriptor, named by two selectors perhaps, can't be both halves. */
	if (nr == 2 && !((turns[0].sel ^ turns[1].sel) & ~SEL_RPL) &&
	    turns[0].needed != turns[1].needed)
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		if (turns[i].needed == turns[i].stands)
			continue;
		/* If somebody else has just changed it, the guest tries with that. */
		arch_descriptor_exchange(turns[i].sel, turns[i].stands, turns[i].needed);
		notify(v);
		return true;
	}
	return false;
}
