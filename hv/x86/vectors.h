/* SPDX-License-Identifier: MIT */
/* Exception vectors and error-code bits. SDM vol. 3A, 6.3 and 6.13. */
#ifndef X86_VECTORS_H
#define X86_VECTORS_H

#define VEC_DE 0
#define VEC_DB 1
#define VEC_NMI 2
#define VEC_BP 3
#define VEC_OF 4
#define VEC_BR 5
#define VEC_UD 6
#define VEC_NM 7
#define VEC_DF 8
#define VEC_CSO 9
#define VEC_TS 10
#define VEC_NP 11
#define VEC_SS 12
#define VEC_GP 13
#define VEC_PF 14
#define VEC_SPV 15
#define VEC_MF 16
#define VEC_AC 17
#define VEC_MC 18
#define VEC_XM 19
#define NR_EXCEPTIONS 32

/* Vectors for which the CPU pushes an error code: 8, 10-14, 17. */
#define VEC_HAS_ERROR_MASK 0x00027d00u

#define VEC_IRQ_BASE 0x20 /* 8259 inputs 0-15 land on 0x20-0x2f */
#define NR_IRQS 16
#define VEC_SYSCALL 0x80  /* a guest's own int 0x80 */
#define VEC_HYPERCALL 0x82
#define VEC_SYSENTER 0x100 /* no vector: marks SYSENTER's frame */
#define VEC_SYSCALL_ENTRY 0x101 /* ... SYSCALL's of 64-bit code */
#define VEC_SYSCALL32_ENTRY 0x102 /* ... of 32-bit code */

/* #PF error code */
#define PFEC_P 0x01u
#define PFEC_W 0x02u
#define PFEC_U 0x04u
#define PFEC_RSVD 0x08u
#define PFEC_I 0x10u

/* Selector error codes (#TS #NP #SS #GP) */
#define SELEC_EXT 0x1u
#define SELEC_IDT 0x2u
#define SELEC_TI 0x4u

#endif
