/* SPDX-License-Identifier: MIT */
/*
 * The stack of the start and of the idle loop; native/head.S and xen/head.S load it.
 */
	.section .bss
	.p2align 12
	.skip	8192
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
