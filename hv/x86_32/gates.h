/* SPDX-License-Identifier: MIT */
/* This CPU's descriptor tables, among the files of this folder. */
#ifndef X86_32_GATES_H
#define X86_32_GATES_H

#include "lib/types.h"
#include "regs.h"
#include "x86/desc.h"

/* The bootstrap CPU's area, also before its stack is in use. */
struct cpu *boot_cpu(void);

/* One of our own descriptors, by its selector. */
void own_descriptor_set(u16 sel, desc_t d);
desc_t system_descriptor(const void *base, u32 limit, u64 type);

/* What int 0x80 does: the guest's own trap gate, or our stub's. */
desc_t guest_trap_gate(u16 cs, unsigned long ip, unsigned int dpl);
desc_t default_int80_gate(void);
void idt_set_int80(desc_t gate);

/* Base of a guest's stack segment, in segment.c; false: not a usable one. */
bool segment_stack_base(u16 ss, unsigned long *base) __must_check;

/* Where a ring-3 int 0x80 finds the guest kernel's stack. */
void tss_set_kernel_stack(u16 ss, unsigned long sp);

void double_fault(void);

#endif
