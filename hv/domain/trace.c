/* SPDX-License-Identifier: MIT */
/*
 * What a trace record holds: the hooks' slow halves. `who` is the running vcpu
 * and its ring; a and b are what the comment at each function says.
 */
#include "domain/trace.h"
#include "domain/domain.h"
#include "lib/string.h"
#include "x86/cpu.h"

static inline u32 who_vcpu(const struct vcpu *v)
{
	return v ? v->domain->id | v->id << TRACE_WHO_VCPU_SHIFT : TRACE_IDLE;
}

/* The running vcpu, in the mode that the frame was in. */
static inline u32 who_in(const struct regs *r)
{
	u32 who = who_vcpu(current_vcpu()) | (u32)(r->cs & 3) << TRACE_WHO_RING_SHIFT;

	return regs_from_guest(r) && regs_in_guest_kernel(r) ? who | TRACE_WHO_KERNEL : who;
}

/* a: ip; b: page fault: address, error code with who; else error code. */
void trace_log_entry(u32 event, const struct regs *r)
{
	u32 who = who_in(r);
	unsigned long b = r->error;

	if (event == trace_event_id(TRACE_TRAP, VEC_PF)) {
		who |= ((u32)r->error & 0x7f) << TRACE_WHO_ERROR_SHIFT;
		b = read_cr2();
	}
	trace_write(event, who, r->ip, b);
}

/* a, b: the first two arguments. */
void trace_log_hypercall(u32 event, const struct regs *r, const unsigned long *args)
{
	trace_write(event, who_in(r), args[0], args[1]);
}

/* a: accumulator; b: port, MSR, control register or 0. ip is the entry's. */
void trace_log_emulate(u32 event, const struct regs *r, const struct insn *insn)
{
	unsigned long b = 0;

	switch (insn ? insn->kind : INSN_UNKNOWN) {
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		b = insn->has_imm ? (unsigned long)insn->imm & 0xff : r->dx & 0xffff;
		break;
	case INSN_RDMSR:
	case INSN_WRMSR:
		b = (u32)r->cx;
		break;
	case INSN_MOV_FROM_CR:
	case INSN_MOV_TO_CR:
	case INSN_MOV_FROM_DR:
	case INSN_MOV_TO_DR:
		b = insn->reg;
		break;
	default:
		break;
	}
	trace_write(event, who_in(r), r->ax, b);
}

/* a: the address stored to; b: the instruction's. */
void trace_log_ptwrite(unsigned long gva, unsigned long ip)
{
	trace_write(trace_event_id(TRACE_PTWRITE, 0), who_in(guest_regs()), gva, ip);
}

/* a: handler; b: stack pointer, with the frame on it. */
void trace_log_bounce(u32 event, const struct vcpu *v, const struct guest_handler *h)
{
	const struct regs *r = guest_regs();

	trace_write(event, who_vcpu(v) | (u32)(r->cs & 3) << TRACE_WHO_RING_SHIFT |
			   TRACE_WHO_KERNEL, h->ip, r->sp);
}

/* a: from port, to port << 32; b: to domain. Raised while nobody runs: from idle. */
void trace_log_event(u32 event, u32 from_port, const struct domain *to, u64 to_port)
{
	trace_write_words(event, who_vcpu(current_vcpu()), from_port | to_port << 32, to->id);
}

/* a: granter, reference << 32; b: frame. */
void trace_log_grant(u32 event, const struct domain *granter, u32 ref, u64 mfn)
{
	trace_write_words(event, who_vcpu(current_vcpu()), granter->id | (u64)ref << 32, mfn);
}

/* who: from; a: to. */
void trace_log_switch(const struct vcpu *from, const struct vcpu *to)
{
	trace_write(trace_event_id(TRACE_SWITCH, 0), who_vcpu(from), who_vcpu(to), 0);
}

/* a: ip; b: the accumulator, which is a hypercall's result. */
void trace_log_exit(const struct regs *r)
{
	trace_write(trace_event_id(TRACE_EXIT, 0), who_in(r), r->ip, r->ax);
	if (trace_ring.tell_reader) {
		trace_ring.tell_reader = false;
		evtchn_raise_global_virq(VIRQ_TBUF);
	}
}

/* who: the domain; a, b: the first bytes of its name. */
void trace_log_domain(u32 event, const struct domain *d)
{
	u64 name[2];

	memcpy(name, d->name, sizeof(name));
	trace_write_words(event, d->id, name[0], name[1]);
}
