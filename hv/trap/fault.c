/* SPDX-License-Identifier: MIT */
/*
 * Page faults and general protection: which are ours to mend, and which the
 * guest's own handler gets. ABI 3.6, 4.1, 4.4.
 */
#include "domain/trace.h"
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

void regs_to_gprs(struct regs *r, struct insn_gprs *g)
{
	for (unsigned int nr = 0; nr < NR_GPRS; nr++)
		g->r[nr] = *regs_gpr(r, nr);
}

void regs_from_gprs(struct regs *r, const struct insn_gprs *g)
{
	for (unsigned int nr = 0; nr < NR_GPRS; nr++)
		*regs_gpr(r, nr) = g->r[nr];
}

unsigned int fetch_guest_code(const struct regs *r, u8 *bytes)
{
	unsigned int nr;
	unsigned long base;

	if (!arch_segment_base(r, SEG_CS, &base))
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

/*
 * [tour: first-trap 6] The processor doesn't say which instruction it was, so
 * its bytes are read from the guest, as data: they may have changed since, or
 * be gone. What counts is what is read here. It is decoded, and nothing but a
 * decoded instruction is ever done for a guest.
 */
bool fetch_guest_insn(const struct regs *r, struct insn *insn)
{
	u8 bytes[DECODE_MAX_BYTES];
	bool long_mode, op32;

	arch_code_mode(r, &long_mode, &op32);
	return insn_decode(bytes, fetch_guest_code(r, bytes), long_mode, op32, insn);
}

unsigned int operand_segment(const struct insn *insn)
{
	if (insn->segment >= 0)
		return (unsigned int)insn->segment;
	return insn->default_ss ? SEG_SS : SEG_DS;
}

/*
 * A guest kernel's plain store to a page that is mapped read-only because it
 * is a page table: check the new entry and apply it. False: the fault is the
 * guest's own.
 *
 * [tour: page-table-update 13] The same update without a hypercall: the kernel
 * stores, the page is read-only, the fault leads here. The instruction is
 * decoded and its operand computed anew; only if that is the address that
 * faulted is the store taken for one to a page table.
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
	if (!arch_segment_base(r, operand_segment(&insn), &base) ||
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

	if (ldt_fault(v, cr2))
		return;
	selector = ldt_window_selector(cr2);
	if (selector >= 0 && !(error & PFEC_U)) {
		/* The descriptor of a selector isn't there: what the CPU means is #GP. */
		bounce_exception(v, VEC_GP, true, (u32)selector);
		return;
	}
	/* Which of its worlds it was in, not which ring. */
	error = regs_in_guest_kernel(r) ? error & ~PFEC_U : error | PFEC_U;
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
	r->error = (insn.imm & 0xff) * 8 + SELEC_IDT;
	h = &v->traps[insn.imm & 0xff];
	if (!h->ip || h->dpl < need)
		return false;
	regs_advance(r, insn.len_bytes);
	bounce_software_interrupt(v, (unsigned int)(insn.imm & 0xff));
	return true;
}

/*
 * [tour: first-trap 5] The error code tells three causes apart. 0: perhaps a
 * privileged instruction, and so our `cli`. IDT: an `int n` that the real gate
 * refuses and the guest's own may allow. Else a bad selector, which is the
 * guest's affair.
 */
void fault_general_protection(struct regs *r)
{
	struct vcpu *v = current_vcpu();

	if (r->error & SELEC_EXT)
		; /* an event the guest didn't cause: its own handler decides */
	else if (r->error & SELEC_IDT) {
		if (software_interrupt(v, r))
			return;
	} else if (!r->error &&
		   (privop_emulate(v, r) != PRIVOP_NOT_OURS ||
		    (ARCH_SEGMENT_LIMITS && segment_turn(v, r)))) {
		return;
	}
	bounce_exception(v, VEC_GP, true, (u32)r->error);
}
