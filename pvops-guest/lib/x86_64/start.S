/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a 64-bit PV guest program, and its hypercall page.
 * Jumped to by the domain builder; calls guest_main().
 *
 * In: rsi = virtual address of start_info, flat segments, upcalls masked, a
 *     one-page boot stack that is left behind at once.
 * The hypervisor's loader has cleared .bss.
 */

#include <xen/xen.h>

/* <xen/sched.h> can't be read by the assembler. */
#define SCHEDOP_shutdown 2
#define SHUTDOWN_crash 3

	.section .text.start, "ax", @progbits
	.globl	_start
_start:
	cld
	movq	$boot_stack_end, %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	call	guest_main
	/* guest_main() must not return: say so by crashing. */
	movq	$shutdown_crash, %rsi
	movl	$SCHEDOP_shutdown, %edi
	movl	$__HYPERVISOR_sched_op, %eax
	syscall
	ud2

	.section .rodata
	.balign	4
shutdown_crash:
	.long	SHUTDOWN_crash

	/* Filled by the hypervisor: 128 stubs of 32 bytes. */
	.section .text.hypercall_page, "ax", @progbits
	.balign	4096
	.globl	hypercall_page
hypercall_page:
	.skip	4096, 0x90

	.section .bss
	.balign	4096
	.globl	boot_stack
boot_stack:
	.skip	16384
	.globl	boot_stack_end
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
