/* SPDX-License-Identifier: MIT */
/* This CPU's descriptor tables, among the files of this folder. */
#ifndef X86_64_GATES_H
#define X86_64_GATES_H

#include "lib/types.h"
#include "regs.h"
#include "x86/desc.h"

/* The bootstrap CPU's area, also before its stack is in use. */
struct cpu *boot_cpu(void);


/* entry.S: load a data selector; 1: refused, and a null one loaded. */
unsigned int load_ds(unsigned int sel) __must_check;
unsigned int load_es(unsigned int sel) __must_check;
unsigned int load_fs(unsigned int sel) __must_check;
unsigned int load_gs(unsigned int sel) __must_check;

/* segment.c: keep what the CPU holds of a vcpu that stops running. */
void segments_save(struct vcpu *v);

/* From now on the vcpu is in its kernel, or its user: root and GS base change. switch.c. */
void enter_guest_kernel(struct vcpu *v);
void enter_guest_user(struct vcpu *v);

#endif
