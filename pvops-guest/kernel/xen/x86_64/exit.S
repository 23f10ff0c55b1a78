/* SPDX-License-Identifier: MIT */
/*
 * The way out of a trap as a guest: HYPERVISOR_iret, which takes everything in
 * one step, event mask and roots of the page tables included.
 *
 * In:       struct regs on top of the stack
 * IRQ state: events masked; the monitor unmasks them if IF is set in the frame,
 *            and delivers what came meanwhile
 *
 * iretq itself would do nothing useful: from ring 3 to ring 3 it changes
 * neither roots nor the event mask, and the monitor would not know.
 * Frame, low to high: rax r11 rcx flags rip cs rflags rsp ss. <xen/arch-x86/xen-x86_64.h>.
 */
#include <xen/xen.h>

	.text
/*
 * [tour: widths 17] The way back, which needs no look at the event mask: compare
 * xen/x86_32/exit.S.
 */
	.globl	xen_trap_return
xen_trap_return:
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rax
	popq	%r11
	popq	%rcx
	addq	$8, %rsp		/* the vector; the error code's place takes the flags */
	movq	$0, (%rsp)
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$__HYPERVISOR_iret, %eax
	syscall
	ud2				/* it returned: it must not */

	.section .note.GNU-stack, "", @progbits
