/* SPDX-License-Identifier: MIT */
/*
 * The start as a guest, and the two callbacks that have no vector of their own.
 *
 * Compare native/head.S: here paging is on, all tables are built, we are at our
 * address in ring 1, and somebody else did it.
 */
	.section .text.start, "ax", @progbits
/*
 * In:   esi = address of start_info; esp = end of a one-page stack
 * Out:  xen_start(start_info, esp), which does not return
 * IRQ state: events masked
 *
 * [tour: boot 14] The other side: the first instruction of a guest. Compare
 * native/x86_32/head.S, which has to do by itself what the builder has done
 * here.
 */
	.globl	xen_entry
xen_entry:
	cld
	movl	%esp, %eax
	movl	$boot_stack_top, %esp
	xorl	%ebp, %ebp
	pushl	%eax
	pushl	%esi
	call	xen_start

/*
 * An event is pending. The monitor built a trap frame, as for an exception
 * without error code, and masked events.
 *
 * [tour: interrupt 9] In the guest: from here on it is a trap with a number of
 * its own.
 */
	.globl	xen_event_entry
xen_event_entry:
	pushl	$0
	pushl	$0x30			/* VECTOR_EVENT */
	jmp	trap_common

/*
 * The monitor could not return to the frame it was given: a selector in it is
 * bad. Below the frame it put ds, es, fs and gs as they were; now they are null.
 */
	.globl	xen_failsafe_entry
xen_failsafe_entry:
	addl	$16, %esp
	pushl	$0
	pushl	$0x31			/* VECTOR_FAILSAFE */
	jmp	trap_common

/* Filled by the monitor, for kernels that call it; ours has `int $0x82` inline. */
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
