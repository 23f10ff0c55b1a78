/* SPDX-License-Identifier: MIT */
/*
 * The user programs, as ELF files inside the kernel image. To add one: write
 * user/NAME.c, name it in kernel.mk and here.
 */
#include "kern_width.h"

/* struct program: a name of PROC_NAME_MAX characters, padded, and two pointers. */
#define PROGRAM_NAME_BYTES ((12 + PV_LONG_BYTES - 1) / PV_LONG_BYTES * PV_LONG_BYTES)
#define PROGRAM_BYTES (PROGRAM_NAME_BYTES + 2 * PV_LONG_BYTES)

	.macro program name
	.section .rodata.programs, "a", @progbits
	.p2align 4
image_\name:
	.incbin	"\name"
image_\name\()_end:
	.section .rodata, "a", @progbits
1:	.ascii	"\name"
	.skip	PROGRAM_NAME_BYTES - (. - 1b)
	PV_LONG_DIRECTIVE	image_\name, image_\name\()_end
	.endm

	/* struct program programs[] of program.c */
	.section .rodata, "a", @progbits
	.p2align 3
	.globl	programs
programs:
	program sh
	program hello
	program spin
	program fault
	program touch
	program thread
#ifdef KERNEL_FOR_LAB			/* labs/8-one-binary */
	program lab
	program ruler
#endif
programs_end:
	.globl	nr_programs
nr_programs:
	.long	(programs_end - programs) / PROGRAM_BYTES

	.section .note.GNU-stack, "", @progbits
