/* SPDX-License-Identifier: MIT */
/*
 * What differs in a 64-bit guest, as numbers and words; also for assembly.
 */
#ifndef PVOPS_GUEST_LIB_WIDTH_H
#define PVOPS_GUEST_LIB_WIDTH_H

#define PV_LONG_DIRECTIVE .quad
#define PV_LONG_BYTES	  8
#define PT_LEVELS	  4
#define KERNEL_RING	  3 /* in which the CPU runs a guest's kernel */
#define KERNEL_RPL	  0 /* of its code selector in a trap's frame */

/* The public header's name for it is hidden from tools. */
#define PV_WC_SEC_HI wc_sec_hi

/* Words for inline assembly. */
#define ASM_R	 "r" /* of a register of the width's: rax */
#define ASM_LONG ".quad"
#define ASM_SP	 ASM_R "sp"
/* A hypercall, where its first two arguments go, and what is lost. */
#define ASM_HYPERCALL "syscall"
#define ASM_ARG1      "D"
#define ASM_ARG2      "S"
#define ASM_CLOBBERS  "rcx", "r11", "memory", "cc"

#endif
