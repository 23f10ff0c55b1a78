/* SPDX-License-Identifier: MIT */
/*
 * The seam's upper part: a vcpu's architectural state and what the width
 * folder does with it. struct arch_vcpu and struct regs come from the width's
 * own regs.h; common code uses the names both have (->ip, ->sp, ->flags, ->ax).
 */
#ifndef X86_GUEST_H
#define X86_GUEST_H

#include "lib/types.h"
#include "x86/pte.h"

#include "regs.h" /* the width folder's */

struct vcpu;
struct domain;

/* Make next the running vcpu: frame, root, segments, gates, FPU. */
void arch_switch_to(struct vcpu *next);
/* Open interrupts and halt until one has been served; returns with them closed. */
void arch_idle(void);

void arch_vcpu_init(struct vcpu *v);
/* Put root, GDT and LDT references of a vcpu that will never run again. */
int arch_vcpu_release(struct vcpu *v) __must_check;

/* The running vcpu's register frame (top of this CPU's stack). */
struct regs *guest_regs(void);
/* A vcpu's registers, wherever they are now. */
struct regs *vcpu_regs(struct vcpu *v);
bool regs_from_guest(const struct regs *r);
bool regs_in_guest_kernel(const struct regs *r);

#endif
