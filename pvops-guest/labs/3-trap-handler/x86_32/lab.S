/* SPDX-License-Identifier: MIT */
/*
 * Lab 3, starting point, 32-bit. The monitor enters lab_handler in ring 1, on the
 * interrupted stack, with this on it:
 *
 *      eflags
 *      cs              upper half: the event mask as it was
 *      eip             of the ud2, which is two bytes long     <- %esp
 */
	.text
	.globl	lab_handler
lab_handler:
	jmp	lab_unwritten

	.section .note.GNU-stack, "", @progbits
