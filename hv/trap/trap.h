/* SPDX-License-Identifier: MIT */
/*
 * hv/trap: what happens on every entry, and what the guest sees of it.
 *
 *   entry.S -> trap_dispatch (trap.c) -> fault.c, privop.c, irq.c
 *           -> hypercall_dispatch (hypercall.c) -> hv/hypercall
 *   entry.S <- exit_to_guest (exit.c) <- bounce.c builds guest frames
 *
 * Only this folder injects anything into a guest.
 */
#ifndef TRAP_TRAP_H
#define TRAP_TRAP_H

#include "domain/domain.h"
#include "lib/types.h"
#include "x86/guest.h"

/* For a restart ip is backed up over the two bytes of int $0x82 or SYSCALL. */
#define HYPERCALL_INSN_BYTES 2

/* ---- called from entry.S, interrupts off ---- */

/* Serve one trap; returns the frame to leave with. */
struct regs *trap_dispatch(struct regs *r);
/* Serve one hypercall of the running guest. */
void hypercall_dispatch(struct regs *r);
/* Last work before the guest runs: schedule, flush, deliver an event. */
void exit_to_guest(struct regs *r);
/* SYSENTER: the frame says ring 3, ip 0. */
void trap_sysenter(struct regs *r);
/* SYSCALL on 64-bit, of 64-bit and of 32-bit code. */
void trap_syscall(struct regs *r);
void trap_syscall32(struct regs *r);
/* A guest's data selector could not be loaded on the way out. */
void trap_failsafe(struct regs *r);

/* ---- bounce.c: the one place that builds guest frames; ABI 4.1, 4.2 ---- */

/*
 * Make the guest's handler of vector the next thing to run. The guest is
 * killed, with a report, if it has none or its stack can't take the frame.
 */
void bounce_exception(struct vcpu *v, unsigned int vector, bool has_error, u32 error);
/* Page fault: cr2 goes to vcpu_info, the U bit says what the guest thinks. */
void bounce_page_fault(struct vcpu *v, unsigned long cr2, u32 error);
/* The same for a software interrupt: no error code, handler known to exist. */
void bounce_software_interrupt(struct vcpu *v, unsigned int vector);
void bounce_event(struct vcpu *v);
/* A system call instruction of the guest's user; the callback exists. */
void bounce_system_call(struct vcpu *v, const struct guest_handler *callback);
void bounce_failsafe(struct vcpu *v);

/* ---- fault.c, privop.c, irq.c ---- */

void fault_page(struct regs *r, unsigned long cr2);
void fault_general_protection(struct regs *r);
enum privop {
	PRIVOP_DONE,	 /* emulated, ip advanced */
	PRIVOP_FAULTED,	 /* it faults otherwise, and the guest has been told */
	PRIVOP_NOT_OURS, /* the fault is the guest's */
};
/* Emulate the privileged instruction at ip. */
enum privop privop_emulate(struct vcpu *v, struct regs *r) __must_check;
/* IN, OUT, INS, OUTS. */
enum privop port_emulate(struct vcpu *v, struct regs *r, const struct insn *insn) __must_check;
/*
 * #UD: the forced cpuid prefix (ABI 4.5), SYSCALL, and the fences of SSE and
 * SSE2 on CPUs that lack them. False: it is the guest's.
 */
bool privop_undefined(struct vcpu *v, struct regs *r) __must_check;
/* msr.c: what a guest kernel reads and may write; false: #GP. */
bool msr_read(u32 msr, u64 *val) __must_check;
bool msr_write(u32 msr, u64 val) __must_check;
/*
 * segment.c: #GP(0) or #SS(0) that is an access to the other half of a 4 GiB
 * segment: turn its descriptor, and have the guest try again (and first tell
 * it, if it wants). False: the fault is the guest's. ABI: VMASST_TYPE_4gb_segments.
 */
bool segment_turn(struct vcpu *v, struct regs *r) __must_check;
void irq_dispatch(unsigned int irq);

/* counters.c: print what was counted, with rates since the last time; the key: some lines. */
void counters_print(void);
void counters_key(char key);

/* Fetch and decode the guest's instruction at ip; false if it can't be read. */
bool fetch_guest_insn(const struct regs *r, struct insn *insn) __must_check;
/* The instruction at ip is done: what RF held back no longer is. SDM vol. 3B, 17.3.1.1. */
void regs_advance(struct regs *r, unsigned int len_bytes);
/* Which segment register the memory operand goes through: SEG_*. */
unsigned int operand_segment(const struct insn *insn);
/* Only fetch: how many of DECODE_MAX_BYTES bytes at ip could be read. */
unsigned int fetch_guest_code(const struct regs *r, u8 *bytes);
/* General registers in encoding order, and back. */
void regs_to_gprs(struct regs *r, struct insn_gprs *g);
void regs_from_gprs(struct regs *r, const struct insn_gprs *g);

#endif
