/* SPDX-License-Identifier: MIT */
/*
 * The way out of a trap on the bare machine: pop what entry.S pushed, and iret.
 *
 * In:       struct regs on top of the stack
 * IRQ state: off; iret loads IF from the frame
 */
	.text
	.globl	native_trap_return
native_trap_return:
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popa
	addl	$8, %esp		/* vector and error code */
	iret

	.section .note.GNU-stack, "", @progbits
