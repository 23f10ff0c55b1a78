/* SPDX-License-Identifier: MIT */
/*
 * The seam's upper part: a vcpu's architectural state and what the width
 * folder does with it. struct arch_vcpu and struct regs come from the width's
 * own regs.h; common code uses the names both have (->ip, ->sp, ->flags, ->ax).
 */
#ifndef X86_GUEST_H
#define X86_GUEST_H

#include "lib/types.h"
#include "x86/desc.h"
#include "x86/pte.h"

#include "regs.h" /* the width folder's */

struct vcpu;
struct domain;

/* ---- running ---- */

/* Make next the running vcpu: frame, root, segments, gates, FPU. */
void arch_switch_to(struct vcpu *next);
/* Open interrupts and halt until one has been served; returns with them closed. */
void arch_idle(void);
/* Leave to whatever vcpu is current; the start of all running. Never returns. */
void arch_run(void) __noreturn;
/* Leave the boot stack: call fn, which doesn't return, on this CPU's own. */
void arch_call_on_cpu_stack(void (*fn)(void)) __noreturn;

/* ---- a vcpu's life ---- */

void arch_vcpu_init(struct vcpu *v);
/* First instruction: ip, sp, and the start_info's address (ABI 1.5). */
void arch_vcpu_start_state(struct vcpu *v, unsigned long ip, unsigned long sp,
			   unsigned long start_info);
/* It will never run again: drop what this CPU keeps of it. */
void arch_vcpu_forget(struct vcpu *v);

/* Its registers, for a crash report, through printk. */
void arch_print_vcpu(struct vcpu *v);

/* ---- state that a hypercall changed: take it over if v is running ---- */

void arch_load_new_root(struct vcpu *v);
void arch_load_descriptor_tables(struct vcpu *v);
void arch_load_kernel_entry(struct vcpu *v); /* stack_switch, int 0x80's gate */
void arch_load_debug(struct vcpu *v);
void arch_set_virtual_ts(struct vcpu *v, bool set);
/* #NM: true if it was our lazy switching; false: it is the guest's. */
bool arch_fpu_trap(struct vcpu *v) __must_check;

/* What guests are told of the machine-to-physical table: [start, end). */
extern const unsigned long guest_m2p_start, guest_m2p_end;

/* ---- registers and selectors ---- */

/* The running vcpu's register frame (top of this CPU's stack). */
struct regs *guest_regs(void);
/* A vcpu's registers, wherever they are now. */
struct regs *vcpu_regs(struct vcpu *v);
bool regs_from_guest(const struct regs *r);
bool regs_in_guest_kernel(const struct regs *r);
/*
 * A frame of virtual-8086 mode, which lies elsewhere and names no selectors:
 * put it where the guest's frame belongs, as ring 3 with null ones.
 */
struct regs *arch_frame_from_v86(const struct regs *r);
/* Base of a segment of the running vcpu; false if it isn't a usable one. */
bool arch_segment_base(u16 sel, unsigned long *base) __must_check;
/*
 * The descriptor of a selector in the running vcpu's mapped tables or among
 * our flat ones; false if there is none (a null selector, past the end).
 */
bool arch_descriptor_read(u16 sel, desc_t *d) __must_check;
/*
 * Put another one there in one store, unless it is no longer old. The caller
 * answers for desc_check(); only where the guest's own descriptors are.
 */
void arch_descriptor_exchange(u16 sel, desc_t old, desc_t d);
/* Whether a guest may name this selector as code of a handler or frame. */
bool arch_code_selector_ok(u16 sel) __must_check;
/* Guests think of ring 0 where we mean ring 1 (32-bit) or 3. */
u16 arch_fix_rpl(u16 sel);
/*
 * A page fault in the window through which the CPU sees the guest's LDT: map
 * the page if the guest has one there. False if that isn't what it was.
 */
bool arch_ldt_fault(struct vcpu *v, unsigned long cr2) __must_check;
/* The selector (as in an error code) whose descriptor lies at cr2; -1: none. */
int arch_ldt_window_selector(unsigned long cr2);
/* Put the references on the LDT's pages. The caller reloads the tables. */
void arch_ldt_drop(struct vcpu *v);
/* The iret hypercall's own part: 0, or the frame is refused. */
int arch_guest_iret(struct vcpu *v) __must_check;
/* A root's number as guests write it in cr3 (xen_pfn_to_cr3 on 32-bit). */
unsigned long arch_root_to_cr3(mfn_t root);
/* A handler for int 0x80 goes straight into the IDT where that is safe. */
void arch_set_int80(struct vcpu *v);

/* Fill a hypercall page, mapped at page (ABI 1.7). */
void arch_fill_hypercall_page(void *page);

#endif
