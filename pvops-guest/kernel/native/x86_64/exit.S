/* SPDX-License-Identifier: MIT */
/*
 * System calls on the bare machine, and the way out of every trap.
 *
 * `syscall` changes cs, ss and the flags and leaves the old rip and flags in
 * rcx and r11. It does not change stacks, so that is the first thing done here.
 */
#include "selectors.h"

	.text
/*
 * In:       rcx = the process's rip, r11 = its flags; its rsp
 * Out:      a frame as for `int $0x80`; on to trap_common
 * IRQ state: off (MSR FMASK)
 */
	.globl	native_syscall_entry
	.p2align 4
native_syscall_entry:
	/* One processor: two words in memory are enough, and nothing can interrupt. */
	movq	%rsp, user_sp
	movq	native_kernel_sp, %rsp
	pushq	$NATIVE_USER_DS
	pushq	user_sp
	pushq	%r11
	pushq	$NATIVE_USER_CS
	pushq	%rcx
	jmp	trap_stub_128

/*
 * In:       struct regs on top of the stack
 * IRQ state: off; iretq loads IF from the frame
 */
	.globl	native_trap_return
native_trap_return:
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
	addq	$16, %rsp		/* vector and error code */
	iretq

	.section .bss
	.p2align 3
	.globl	native_kernel_sp
native_kernel_sp:
	.skip	8
user_sp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
