/* SPDX-License-Identifier: MIT */
/*
 * Every trap's first C: which vector, from where, whose business.
 *
 * From a guest: fixed, emulated, or bounced to the guest's own handler. From
 * the monitor: an interrupt in a window, a guest access that faulted and has a
 * fixup, or a bug. Called from entry.S only. SDM vol. 3A, 6.15.
 */
#include "trap/trap.h"
#include "domain/trace.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "trap/step.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#define DR6_HITS 0xfUL /* which of the four breakpoints */
#define DR6_BS 0x4000UL
#define SYSCALL_INSN_BYTES 2

/* Distances from where each lies itself: half the size of an address, or the same. */
struct fixup {
	s32 at, go_to;
};

extern const struct fixup __ex_table_start[], __ex_table_end[];
extern const u8 iret_to_guest[];

static const struct fixup *find_fixup(unsigned long ip)
{
	for (const struct fixup *f = __ex_table_start; f < __ex_table_end; f++)
		if ((unsigned long)&f->at + (unsigned long)(long)f->at == ip)
			return f;
	return NULL;
}

/*
 * The iret to a guest faulted: a code or stack selector, or flags, that the
 * CPU won't take. Its frame was popped up to eip and the guest's registers are
 * live, so the stubs saved them in the nested frame: put the whole together
 * again where it was, one trap earlier. The two overlap: nested lies below.
 */
static struct regs *rebuild_guest_frame(const struct regs *nested)
{
	struct regs *guest = guest_regs();

	memmove(guest, nested, offsetof(struct regs, vector));
	return guest;
}

/* Take DR6, and make it ready for the next trap: the CPU only sets bits in it. */
static unsigned long take_dr6(void)
{
	unsigned long dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0UL));
	return dr6;
}

/*
 * A guest's watchpoint on what was copied for it, or behind a `mov ss`, which
 * holds it back over an int; or its TF, which SYSENTER carries in. Nobody's
 * business here: taken for a fault, it would fail the copy, or the monitor. A
 * guest that asks finds the watchpoint in DR6.
 */
static void debug_trap_in_monitor(struct regs *r)
{
	struct vcpu *v = current_vcpu();
	unsigned long hits = take_dr6() & DR6_HITS;

	if (v)
		v->arch.dr[6] |= hits;
	r->flags &= ~EFL_TF;
}

/* The faults that a guest's address or selector can bring upon the monitor. */
static bool may_be_mended(unsigned long vector)
{
	return vector >= VEC_TS && vector <= VEC_PF;
}

/*
 * A trap while the monitor ran.
 *
 * [tour: first-trap 13] The monitor touches guest memory and guest selectors
 * only at places that are listed with a way out. A fault there is the guest's
 * mistake. Anywhere else it is ours, and the machine stops.
 */
static struct regs *trap_in_monitor(struct regs *r)
{
	const struct fixup *f;

	if (r->vector == VEC_DB) {
		debug_trap_in_monitor(r);
		return r;
	}
	/*
	 * A selector of the guest's to load lies in an LDT page not mapped yet. We
	 * are past exit_to_guest(): without a flush here the guest could still
	 * write to the page through its TLB, a gate to ring 0 for one (INV-9).
	 */
	if (r->vector == VEC_PF && ldt_fault(current_vcpu(), read_cr2())) {
		tlb_flush_if_needed();
		return r;
	}
	if (may_be_mended(r->vector) && r->ip == (unsigned long)iret_to_guest) {
		r = rebuild_guest_frame(r);
		bounce_failsafe(current_vcpu());
		return r;
	}
	f = may_be_mended(r->vector) ? find_fixup(r->ip) : NULL;
	if (!f) {
		printk("trap %lu in the monitor, error %lx, cr2 %08lx", r->vector, r->error,
		       read_cr2());
		backtrace(r->ip, r->bp);
		panic("fatal trap in the monitor");
	}
	r->ip = (unsigned long)&f->go_to + (unsigned long)(long)f->go_to;
	return r;
}

static u32 nr_nmis, nr_nmis_told;

static void nmi_seen(void)
{
	__atomic_fetch_add(&nr_nmis, 1, __ATOMIC_RELAXED);
}

/* Nobody here handles them yet; say so, from where one may print. */
static void tell_of_nmis(void)
{
	u32 now = READ_ONCE(nr_nmis);

	if (likely(now == nr_nmis_told))
		return;
	printk_limited("%u NMIs, ignored", now - nr_nmis_told);
	nr_nmis_told = now;
}

static void count_trap(unsigned int kind)
{
	struct vcpu *v = current_vcpu();

	if (v)
		v->nr_traps[kind]++;
}

static void debug_trap(struct vcpu *v)
{
	v->arch.dr[6] = take_dr6();
	bounce_exception(v, VEC_DB, false, 0);
}

/* An instruction done for a guest that single-steps is a step. SDM vol. 3B, 17.3.1.4. */
static void step_emulated(struct vcpu *v)
{
	v->arch.dr[6] |= DR6_BS;
	bounce_exception(v, VEC_DB, false, 0);
}

/*
 * An exception of the running guest.
 *
 * [tour: first-trap 4] Whose exception? Most are the guest's own and are
 * passed on as they are. Ours to look at are those that we cause by being here:
 * privileged instructions, stores to page tables, the FPU that another guest
 * has used last.
 */
static void trap_in_guest(struct regs *r)
{
	struct vcpu *v = current_vcpu();
	unsigned int vector = (unsigned int)r->vector;
	unsigned long ip = r->ip;

	switch (vector) {
	case VEC_DB:
		debug_trap(v);
		break;
	case VEC_UD:
		if (!privop_undefined(v, r))
			bounce_exception(v, vector, false, 0);
		break;
	case VEC_NM:
		if (!fpu_trap(v))
			bounce_exception(v, vector, false, 0);
		break;
	case VEC_SS:
		if (r->error || !ARCH_SEGMENT_LIMITS || !segment_turn(v, r))
			bounce_exception(v, vector, true, (u32)r->error);
		break;
	case VEC_GP:
		fault_general_protection(r);
		break;
	case VEC_PF:
		fault_page(r, read_cr2());
		break;
	case VEC_MC:
		panic("machine check");
	default:
		bounce_exception(v, vector, VEC_HAS_ERROR_MASK >> vector & 1, (u32)r->error);
	}
	/* A bounce clears TF; with it still set, another ip means it was emulated. */
	if (unlikely(r->flags & EFL_TF) && r->ip != ip)
		step_emulated(v);
}

/*
 * No guest is let into virtual-8086 mode, and no CPU lets one in from ring 1 or
 * 3; QEMU 7.2 does, by iret. Its cs says nothing of the ring, so this must be
 * found before anything else looks, or a process could take the monitor along.
 */
static struct regs *refuse_v86(struct regs *r)
{
	r = arch_frame_from_v86(r);
	domain_crash(current_domain(), "virtual-8086 mode, which isn't served");
	return r;
}

/*
 * [tour: first-trap 3] The first C of every trap. An interrupt is the
 * machine's business, whoever ran; a trap out of the monitor is stop 13; what
 * is left is an exception of the guest that runs.
 */
struct regs *trap_dispatch(struct regs *r)
{
	unsigned int vector = (unsigned int)r->vector;
	bool v86 = r->flags & EFL_VM;

	if (unlikely(v86))
		r = refuse_v86(r);
	if (vector >= VEC_IRQ_BASE && vector < VEC_IRQ_BASE + NR_IRQS) {
		count_trap(2);
		trace_irq(r, vector - VEC_IRQ_BASE);
		tell_of_nmis();
		step_irq(r, vector - VEC_IRQ_BASE);
		irq_dispatch(vector - VEC_IRQ_BASE);
		return r;
	}
	/* It may have hit anything, a lock's holder too: only remember it. */
	if (vector == VEC_NMI) {
		nmi_seen();
		return r;
	}
	if (v86)
		return r;
	if (!regs_from_guest(r))
		return trap_in_monitor(r);
	if (vector < NR_EXCEPTIONS) {
		if (step_trap(r))
			return r;
		count_trap(0);
		trace_trap(r, vector);
		trap_in_guest(r);
		return r;
	}
	/* No gate a guest may use leads here; a stray interrupt does. */
	printk_limited("unexpected vector %#x, ignored", vector);
	return r;
}

void trap_sysenter(struct regs *r)
{
	struct vcpu *v = current_vcpu();

	count_trap(0);
	trace_syscall(r, false);
	if (v->sysenter_callback.ip)
		bounce_system_call(v, &v->sysenter_callback);
	else
		bounce_exception(v, VEC_GP, true, 0);
}

/* Nobody to take it: as if the CPU had not the instruction. */
static void undefined_system_call(struct vcpu *v, struct regs *r)
{
	r->ip -= SYSCALL_INSN_BYTES;
	bounce_exception(v, VEC_UD, false, 0);
}

/*
 * SYSCALL of 64-bit code: its kernel's is a hypercall, its user's a system call.
 *
 * [tour: widths 7] Kernel and user are both in ring 3, so cs doesn't tell who
 * called; a flag of the vcpu does. A user's call goes to its kernel by way of
 * the monitor, each time. In 32 bits it need not:
 */
void trap_syscall(struct regs *r)
{
	struct vcpu *v = current_vcpu();

	if (likely(regs_in_guest_kernel(r))) {
		hypercall_dispatch(r);
		return;
	}
	count_trap(0);
	trace_syscall(r, true);
	if (v->syscall_callback.ip)
		bounce_system_call(v, &v->syscall_callback);
	else
		undefined_system_call(v, r);
	r->flags &= ~EFL_DF; /* ABI 4.1: for these alone */
}

void trap_syscall32(struct regs *r)
{
	struct vcpu *v = current_vcpu();

	count_trap(0);
	trace_syscall(r, true);
	if (v->syscall32_callback.ip)
		bounce_system_call(v, &v->syscall32_callback);
	else
		undefined_system_call(v, r);
	r->flags &= ~EFL_DF;
}

void trap_failsafe(struct regs *r)
{
	(void)r;
	bounce_failsafe(current_vcpu());
}
