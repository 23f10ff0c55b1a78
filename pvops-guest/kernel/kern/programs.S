/* SPDX-License-Identifier: MIT */
/*
 * The user programs, as ELF files inside the kernel image. To add one: write
 * user/NAME.c, name it in kernel.mk and here.
 */
	.macro program name
	.section .rodata.programs, "a", @progbits
	.p2align 4
image_\name:
	.incbin	"\name"
image_\name\()_end:
	.section .rodata, "a", @progbits
1:	.ascii	"\name"
	.skip	12 - (. - 1b)
	.long	image_\name, image_\name\()_end
	.endm

	/* struct program programs[] of program.c */
	.section .rodata, "a", @progbits
	.p2align 2
	.globl	programs
programs:
	program sh
	program hello
	program spin
	program fault
	program touch
programs_end:
	.globl	nr_programs
nr_programs:
	.long	(programs_end - programs) / 20

	.section .note.GNU-stack, "", @progbits
