/* SPDX-License-Identifier: MIT */
/*
 * What differs in a 32-bit guest, as numbers and words; also for assembly.
 */
#ifndef PVOPS_GUEST_LIB_WIDTH_H
#define PVOPS_GUEST_LIB_WIDTH_H

#define PV_LONG_DIRECTIVE .long
#define PV_LONG_BYTES	  4
#define PT_LEVELS	  3
#define KERNEL_RING	  1 /* in which the CPU runs a guest's kernel */
#define KERNEL_RPL	  1 /* of its code selector in a trap's frame */

/* The public header's name for it is hidden from tools. */
#define PV_WC_SEC_HI arch.wc_sec_hi

/* Words for inline assembly. */
#define ASM_R	 "e" /* of a register of the width's: eax */
#define ASM_LONG ".long"
#define ASM_SP	 ASM_R "sp"
/* A hypercall, where its first two arguments go, and what is lost. */
#define ASM_HYPERCALL "int $0x82"
#define ASM_ARG1      "b"
#define ASM_ARG2      "c"
#define ASM_CLOBBERS  "memory", "cc"

#endif
