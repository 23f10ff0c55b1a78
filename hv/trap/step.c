/* SPDX-License-Identifier: MIT */
/*
 * What happens here, said before it happens, for who steps through it.
 *
 * An exception or hypercall is announced when it comes, and then not served:
 * the guest is sent back to the instruction, with a stop on the way out. So
 * whoever steps sees all of it: the return to the guest, its instruction, the
 * change of rings, the entry, the decision, the way out. The second time it is
 * served as ever. Things that can't happen twice (a trap behind its instruction,
 * an interrupt, an event, a switch) stop where they are decided.
 *
 * Called through step.h, which see.
 */
#include "trap/step.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "trap/steptext.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#define TEXT 80
#define SHOWN_PORTS 4
/* Traps that report what is behind ip, or that have no instruction. */
#define NOT_AGAIN_MASK (1u << VEC_DB | 1u << VEC_NMI | 1u << VEC_BP | 1u << VEC_OF | 1u << VEC_MC)

/* Who does again what was announced; valid while STEP_AGAIN is set. */
static struct {
	const struct vcpu *v;
	unsigned long ip, vector;
	bool stopped;	/* on the way to it */
} again;
static bool settling;

struct hypercall_text {
	const char *name;
	u8 nr_args;
};

#define HC_TEXT(nr, name, n32, n64, who, what) [nr] = { #name, sizeof(long) == 8 ? n64 : n32 },
static const struct hypercall_text hypercalls[NR_HYPERCALLS] = { HYPERCALLS(HC_TEXT) };
#undef HC_TEXT

/* "(d1v0 kernel ring 1)": who was interrupted. */
static const char *who(const struct regs *r, char *buf, size_t size)
{
	const struct vcpu *v = current_vcpu();

	fmt(buf, size, "(d%uv%u %s ring %u)", v->domain->id, v->id,
	    regs_in_guest_kernel(r) ? "kernel" : "user", (unsigned int)r->cs & 3);
	return buf;
}

/* The guest is here again. True: for what was announced, and is served now. */
static bool is_again(unsigned long vector, unsigned long ip)
{
	if (!(step.kinds & STEP_AGAIN) || again.v != current_vcpu() || again.ip != ip ||
	    again.vector != vector)
		return false;
	step.kinds &= ~STEP_AGAIN;
	/* Something came in between, an event for one: then stop here at least. */
	if (!again.stopped)
		step_break();
	return true;
}

/* Send the guest back to ip, to a stop on the way. */
static void do_again(unsigned long vector, unsigned long ip)
{
	again.v = current_vcpu();
	again.ip = ip;
	again.vector = vector;
	again.stopped = false;
	step.kinds |= STEP_AGAIN;
	/* What is due now would come between the stop and the instruction. */
	settling = true;
	arch_irq_window();
	settling = false;
}

void step_leave_slow(void)
{
	if (again.stopped || again.v != current_vcpu() || guest_regs()->ip != again.ip)
		return;
	again.stopped = true;
	step_break();
}

/* ---- exceptions ---- */

/* A store of the guest's kernel that the monitor is going to check and do. */
static bool is_table_store(const struct vcpu *v, const struct regs *r, const struct insn *insn,
			   unsigned long cr2)
{
	return ((u32)r->error & (PFEC_P | PFEC_W | PFEC_RSVD)) == (PFEC_P | PFEC_W) &&
	       regs_in_guest_kernel(r) && insn->mem &&
	       (v->domain->assists & (1u << VMASST_TYPE_writable_pagetables)) &&
	       mm_is_own_table(&v->domain->mm, v->arch.root, cr2);
}

/* What is done for a privileged instruction; NULL: the fault is the guest's own. */
static const char *privop_text(const struct vcpu *v, const struct regs *r,
			       const struct insn *insn)
{
	bool kernel = regs_in_guest_kernel(r), mine = kernel;

	switch (insn->kind) {
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		mine = v->arch.iopl >= (kernel ? 1 : 3);
		break;
	case INSN_CLI:
	case INSN_STI:
		mine = kernel || v->arch.iopl == 3;
		break;
	case INSN_MOV_TO_CR:
		mine = kernel && (insn->reg == 0 || insn->reg == 2 || insn->reg == 4);
		break;
	case INSN_FORCED_CPUID:
		mine = true;
		break;
	default:
		break;
	}
	return mine ? step_privop_text(insn->kind) : NULL;
}

/* The instructions of cpuid.c that #UD is taken for; NULL: none of them. */
static const char *undefined_text(const struct vcpu *v, const struct regs *r)
{
	u8 code[DECODE_MAX_BYTES];
	unsigned int nr = fetch_guest_code(r, code);

	if (nr >= 2 && code[0] == 0x0f && code[1] == 0x05 && !regs_in_guest_kernel(r) &&
	    v->syscall32_callback.ip)
		return "a system call: goes to the callback that the guest's kernel registered";
	if (nr >= 3 && code[0] == 0x0f && code[1] == 0xae &&
	    (code[2] == 0xe8 || code[2] == 0xf0 || code[2] == 0xf8))
		return "a fence, which this CPU doesn't have: done in its place";
	return NULL;
}

/* Which kind an exception is, and in words what becomes of it. */
static u32 classify(const struct regs *r, const struct insn *insn, char *text, size_t size)
{
	const struct vcpu *v = current_vcpu();
	unsigned int vector = (unsigned int)r->vector;
	const struct guest_handler *h = &v->traps[vector];
	const char *privop = privop_text(v, r, insn);

	if (privop &&
	    ((vector == VEC_GP && !r->error) ||
	     (vector == VEC_UD && insn->kind == INSN_FORCED_CPUID))) {
		str_copy(text, privop, size);
		return STEP_PRIVOP;
	}
	privop = vector == VEC_UD ? undefined_text(v, r) : NULL;
	if (privop) {
		str_copy(text, privop, size);
		return STEP_FAULT;
	}
	if (vector == VEC_PF && is_table_store(v, r, insn, read_cr2())) {
		str_copy(text, "a page table of its own: the new entry is checked, then stored",
			 size);
		return STEP_PTWRITE;
	}
	if (vector == VEC_GP && (r->error & (SELEC_IDT | SELEC_EXT)) == SELEC_IDT &&
	    insn->kind == INSN_INT && v->traps[insn->imm & 0xff].ip) {
		h = &v->traps[insn->imm & 0xff];
		fmt(text, size, "a gate of the guest's: %s its handler at %08lx",
		    h->dpl >= (regs_in_guest_kernel(r) ? 1 : 3) ? "goes to" : "closed to users is",
		    h->ip);
	} else if (vector == VEC_NM) {
		str_copy(text, "the FPU's registers: loaded if they wait, else the guest's", size);
	} else if (h->ip) {
		fmt(text, size, "the guest's own: goes to its handler at %08lx", h->ip);
	} else {
		str_copy(text, "the guest's own, and it has no handler: killed", size);
	}
	return STEP_FAULT;
}

bool step_trap_slow(const struct regs *r)
{
	char whose[TEXT], code[TEXT], fault[TEXT], what[TEXT];
	unsigned int vector = (unsigned int)r->vector;
	struct insn insn = { .kind = INSN_UNKNOWN };
	u32 kind;

	if (is_again(vector, r->ip))
		return false;
	if (!fetch_guest_insn(r, &insn))
		insn.kind = INSN_UNKNOWN;
	step_fault_text(vector, (u32)r->error, read_cr2(), fault, sizeof(fault));
	kind = classify(r, &insn, what, sizeof(what));
	if (!step_wants(kind, current_domain()->id))
		return false;
	step_say("%s: %s at %08lx: %s, %s", who(r, whose, sizeof(whose)),
		 step_insn_text(r, &insn, code, sizeof(code)), r->ip, fault, what);
	if (vector < NR_EXCEPTIONS && NOT_AGAIN_MASK >> vector & 1) {
		step_break();
		return false;
	}
	do_again(vector, r->ip);
	return true;
}

bool step_call_slow(const struct regs *r)
{
	const struct hc_args *a = (const struct hc_args *)r;
	unsigned long nr = r->ax, ip = r->ip - HYPERCALL_INSN_BYTES;
	const struct hypercall_text *call;
	char whose[TEXT], args[120] = "";
	unsigned int len = 0;

	if (is_again(VEC_HYPERCALL, ip))
		return false;
	if (!step_wants(STEP_HYPERCALL, current_domain()->id))
		return false;
	call = nr < NR_HYPERCALLS && hypercalls[nr].name ? &hypercalls[nr] : NULL;
	for (unsigned int i = 0; call && i < call->nr_args && len < sizeof(args); i++)
		len += (unsigned int)fmt(args + len, sizeof(args) - len, i ? ", %#lx" : "%#lx",
					 a->arg[i]);
	if (call)
		step_say("%s: hypercall %lu at %08lx: %s(%s), served by hc_%s",
			 who(r, whose, sizeof(whose)), nr, ip, call->name, args, call->name);
	else
		step_say("%s: hypercall %lu at %08lx: none of ours, refused with -ENOSYS",
			 who(r, whose, sizeof(whose)), nr, ip);
	do_again(VEC_HYPERCALL, ip);
	return true;
}

/* ---- what can't be done again ---- */

void step_irq_slow(const struct regs *r, unsigned int irq)
{
	static const char *const devices[NR_IRQS] = { [0] = "timer", [1] = "keyboard",
						      [4] = "COM1" };
	const struct vcpu *v = current_vcpu();
	const char *device = irq < NR_IRQS && devices[irq] ? devices[irq] : "nobody's";
	bool guest = v && regs_from_guest(r);
	char whose[TEXT], where[TEXT];

	if (settling || !step_wants(STEP_IRQ, guest ? v->domain->id : STEP_ANY_DOMAIN))
		return;
	if (guest)
		step_stop("%s: interrupted at %08lx: IRQ %u (%s), the monitor's, not the guest's",
			  who(r, whose, sizeof(whose)), r->ip, irq, device);
	else
		step_stop("(monitor ring 0): idle or in a window at %s: IRQ %u (%s)",
			  symbol_name(r->ip, where, sizeof(where)), irq, device);
}

void step_bounce_slow(struct vcpu *v, const struct guest_handler *h)
{
	const struct regs *r = vcpu_regs(v);
	bool kernel = regs_in_guest_kernel(r);
	char whose[TEXT];

	step_stop("%s: interrupted at %08lx: a frame below %08lx on %s stack, then its handler "
		  "at %08lx", who(r, whose, sizeof(whose)), r->ip,
		  kernel ? r->sp : v->arch.kernel_sp, kernel ? "the same" : "its kernel's", h->ip);
}

void step_event_slow(const struct vcpu *v)
{
	const struct shared_info *s = v->domain->shared;
	char whose[TEXT], ports[TEXT] = "";
	unsigned int nr = 0, len = 0;

	for (unsigned int port = 1; port < EVTCHN_MAX_PORTS && nr < SHOWN_PORTS; port++)
		if (evtchn_is_pending(v->domain, port) && !test_bit(port, s->evtchn_mask)) {
			len += (unsigned int)fmt(ports + len, sizeof(ports) - len, " %u", port);
			nr++;
		}
	step_stop("%s: an event is pending and the vcpu takes events, port%s%s: upcall to %08lx",
		  who(guest_regs(), whose, sizeof(whose)), nr == 1 ? "" : "s",
		  nr ? ports : " none", v->event_callback.ip);
}
