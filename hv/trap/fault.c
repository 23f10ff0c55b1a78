/* SPDX-License-Identifier: MIT */
/*
 * Page faults and general protection: which are ours to mend, and which the
 * guest's own handler gets. ABI 3.6, 4.1, 4.4.
 */
#include "domain/trace.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

void regs_to_gprs(const struct regs *r, struct insn_gprs *g)
{
	g->r[0] = r->ax;
	g->r[1] = r->cx;
	g->r[2] = r->dx;
	g->r[3] = r->bx;
	g->r[4] = r->sp;
	g->r[5] = r->bp;
	g->r[6] = r->si;
	g->r[7] = r->di;
}

void regs_from_gprs(struct regs *r, const struct insn_gprs *g)
{
	r->ax = g->r[0];
	r->cx = g->r[1];
	r->dx = g->r[2];
	r->bx = g->r[3];
	r->sp = g->r[4];
	r->bp = g->r[5];
	r->si = g->r[6];
	r->di = g->r[7];
}

unsigned int fetch_guest_code(const struct regs *r, u8 *bytes)
{
	unsigned int nr;
	unsigned long base;

	if (!arch_segment_base((u16)r->cs, &base))
		return 0;
	/* Byte by byte only near the end of what is mapped. */
	if (!copy_from_guest(bytes, base + r->ip, DECODE_MAX_BYTES))
		return DECODE_MAX_BYTES;
	for (nr = 0; nr < DECODE_MAX_BYTES; nr++)
		if (copy_from_guest(&bytes[nr], base + r->ip + nr, 1))
			break;
	return nr;
}

void regs_advance(struct regs *r, unsigned int len_bytes)
{
	r->ip += len_bytes;
	/* Every fault sets RF, and every instruction that comes to its end clears it. */
	r->flags &= ~EFL_RF;
}

bool fetch_guest_insn(const struct regs *r, struct insn *insn)
{
	u8 bytes[DECODE_MAX_BYTES];

	return insn_decode(bytes, fetch_guest_code(r, bytes), false, true, insn);
}

u16 operand_selector(const struct regs *r, const struct insn *insn)
{
	const unsigned long sel[] = { r->es, r->cs, r->ss, r->ds, r->fs, r->gs };

	if (insn->segment >= 0)
		return (u16)sel[insn->segment];
	return (u16)(insn->default_ss ? r->ss : r->ds);
}

/*
 * A guest kernel's plain store to a page that is mapped read-only because it
 * is a page table: check the new entry and apply it. False: the fault is the
 * guest's own.
 */
static bool store_to_table(struct vcpu *v, struct regs *r, unsigned long cr2)
{
	struct pt_ctx ctx = {
		.pt_owner = &v->domain->mm,
		.frame_owner = &v->domain->mm,
		.root = v->arch.root,
		.work = &v->work,
	};
	struct insn insn;
	struct insn_gprs g = { { 0 } };
	unsigned long base, flags = r->flags;

	if (!fetch_guest_insn(r, &insn) || !insn.mem)
		return false;
	regs_to_gprs(r, &g);
	/* The operand must be what faulted, or we'd write where the guest may not. */
	if (!arch_segment_base(operand_selector(r, &insn), &base) ||
	    base + insn_mem_offset(&insn, &g, r->ip + insn.len_bytes) != cr2)
		return false;
	if (mm_ptwrite(&ctx, cr2, &insn, &g, &flags) != PTWRITE_DONE)
		return false;
	trace_ptwrite(cr2, r->ip);
	regs_from_gprs(r, &g);
	r->flags = flags;
	regs_advance(r, insn.len_bytes);
	return true;
}

void fault_page(struct regs *r, unsigned long cr2)
{
	struct vcpu *v = current_vcpu();
	u32 error = (u32)r->error;
	int selector;

	if (arch_ldt_fault(v, cr2))
		return;
	selector = arch_ldt_window_selector(cr2);
	if (selector >= 0 && !(error & PFEC_U)) {
		/* The descriptor of a selector isn't there: what the CPU means is #GP. */
		bounce_exception(v, VEC_GP, true, (u32)selector);
		return;
	}
	if ((error & (PFEC_P | PFEC_W | PFEC_U | PFEC_RSVD)) == (PFEC_P | PFEC_W) &&
	    regs_in_guest_kernel(r) && arch_guest_range_ok(cr2, 1) &&
	    (v->domain->assists & (1u << VMASST_TYPE_writable_pagetables)) &&
	    store_to_table(v, r, cr2))
		return;
	bounce_page_fault(v, cr2, error & ~PFEC_RSVD);
}

/* int n refused by a gate's DPL: the guest's own DPL decides. ABI 4.4. */
static bool software_interrupt(struct vcpu *v, struct regs *r)
{
	const struct guest_handler *h;
	struct insn insn;
	unsigned int need = regs_in_guest_kernel(r) ? 1 : 3;

	/* The bytes, not the error code: not every CPU model gets that right. */
	if (!fetch_guest_insn(r, &insn) || insn.kind != INSN_INT)
		return false;
	h = &v->traps[insn.imm & 0xff];
	if (!h->ip || h->dpl < need)
		return false;
	regs_advance(r, insn.len_bytes);
	bounce_software_interrupt(v, (unsigned int)(insn.imm & 0xff));
	return true;
}

void fault_general_protection(struct regs *r)
{
	struct vcpu *v = current_vcpu();

	if (r->error & SELEC_EXT)
		; /* an event the guest didn't cause: its own handler decides */
	else if (r->error & SELEC_IDT) {
		if (software_interrupt(v, r))
			return;
	} else if (!r->error &&
		   (privop_emulate(v, r) != PRIVOP_NOT_OURS || segment_turn(v, r))) {
		return;
	}
	bounce_exception(v, VEC_GP, true, (u32)r->error);
}
