/* SPDX-License-Identifier: MIT */
/*
 * The start as a guest.
 *
 * Compare native/x86_64/head.S: here long mode is on, all tables are built, we
 * are at our address in ring 3, and somebody else did it.
 */
	.section .text.start, "ax", @progbits
/*
 * In:   rsi = address of start_info; rsp = end of a one-page stack
 * Out:  xen_start(start_info, rsp), which does not return
 * IRQ state: events masked
 */
	.globl	xen_entry
xen_entry:
	cld
	movq	%rsi, %rdi
	movq	%rsp, %rsi
	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp
	call	xen_start

/* Filled by the monitor, for kernels that call it; ours has `syscall` inline. */
	.section .text.hypercall_page, "ax", @progbits
	.p2align 12
	.globl	hypercall_page
hypercall_page:
	.skip	4096, 0x90

/* Only an address: start.c makes it show the shared page instead of its own. */
	.section .bss
	.p2align 12
	.globl	xen_shared_info
xen_shared_info:
	.skip	4096

	.section .note.GNU-stack, "", @progbits
