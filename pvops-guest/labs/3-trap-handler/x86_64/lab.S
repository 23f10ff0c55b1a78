/* SPDX-License-Identifier: MIT */
/*
 * Lab 3, starting point, 64-bit. The monitor enters lab_handler in ring 3, on the
 * interrupted stack, aligned, with this on it:
 *
 *      ss, rsp
 *      rflags
 *      cs              lowest bits 0: it was this kernel
 *      rip             of the ud2, which is two bytes long
 *      r11
 *      rcx             <- %rsp
 *
 * The way back is HYPERVISOR_iret, by `syscall` with its number in eax and on the
 * stack, low to high: rax r11 rcx flags(0) rip cs rflags rsp ss.
 */
#include <xen/xen.h>

	.text
	.globl	lab_handler
lab_handler:
	jmp	lab_unwritten

	.section .note.GNU-stack, "", @progbits
