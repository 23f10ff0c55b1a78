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
 * What is turned when a guest switches the assist off stays so.
 *
 * It counts on what the CPU holds being what stands in the table: every way to
 * a guest reloads its selectors, and a table that runs on one CPU changes only
 * in between.
 */
#include "mm/mm.h"
#include "domain/trace.h"
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

	return descriptor_read(sel, &d) && d & DESC_DB;
}

static unsigned int locate_operands(struct regs *r, struct operand *operands)
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

/* What one operand asks of its segment. */
static enum half_found operand_turn(const struct regs *r, const struct operand *op,
				    struct turn *turn)
{
	struct offset_range range = {op->offset, op->offset + op->size_bytes - 1};
	enum half_found found;

	turn->sel = selector_of(r, op->segment);
	if (!descriptor_read(turn->sel, &turn->stands))
		return HALF_NO_SEGMENT;
	found = desc_half_for(turn->stands, &guest_desc_rules, range, &turn->needed);
	/* Over the last offset: partly below the base, partly above. */
	return found == HALF_FOUND && range.last < range.first ? HALF_NONE : found;
}

/* Put it into the live table: nothing gets there that the check wouldn't leave as it is. */
static bool carry_out(const struct turn *turn)
{
	desc_t checked = turn->needed;

	if (!desc_check(&checked, &guest_desc_rules) || checked != turn->needed)
		return false;
	/* If somebody else has just changed it, the guest tries with that. */
	descriptor_exchange(turn->sel, turn->stands, turn->needed);
	return true;
}

static void notify(struct vcpu *v)
{
	if (v->domain->assists & (1u << VMASST_TYPE_4gb_segments_notify) && v->traps[VEC_SPV].ip)
		bounce_exception(v, VEC_SPV, false, 0);
}

/*
 * [tour: widths 14] What the limits cost in 32 bits: a program that counts on
 * wrapping around 4 GiB (every one with an i386 glibc) faults, and its
 * descriptor is turned to the half that it needs. 64-bit code has nothing of
 * the kind.
 */
bool segment_turn(struct vcpu *v, struct regs *r)
{
	struct operand operands[OPERANDS_MAX];
	struct turn turns[OPERANDS_MAX];
	unsigned int nr_operands, nr = 0;

	if (!(v->domain->assists & (1u << VMASST_TYPE_4gb_segments)) || r->flags & EFL_VM)
		return false;
	nr_operands = locate_operands(r, operands);
	for (unsigned int i = 0; i < nr_operands; i++) {
		enum half_found found = operand_turn(r, &operands[i], &turns[nr]);

		if (found == HALF_NONE)
			return false;
		nr += found == HALF_FOUND;
	}
	/* One descriptor, named by two selectors perhaps, can't be both halves. */
	if (nr == 2 && !((turns[0].sel ^ turns[1].sel) & ~SEL_RPL) &&
	    turns[0].needed != turns[1].needed)
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		if (turns[i].needed == turns[i].stands)
			continue;
		if (!carry_out(&turns[i]))
			return false;
		trace_emulate_kind(r, TRACE_EMU_SEGMENT);
		notify(v);
		return true;
	}
	return false;
}
