/* SPDX-License-Identifier: MIT */
/*
 * The way out of a trap as a guest: unmask events if they were unmasked before,
 * then leave as on the bare machine.
 *
 * In:       struct regs on top of the stack
 * IRQ state: events masked
 *
 * iret in ring 1 changes neither IF nor the event mask, which is a byte in
 * memory. So the mask is cleared first, and then
 *   - an event that comes after that interrupts us here, in ring 1, and its
 *     trap returns here: harmless;
 *   - an event that came before, while masked, calls nobody any more. That is
 *     what the second look is for.
 */
#define REGS_SAVED_MASK 62		/* of struct regs; trap.h */
#define EVENT_PENDING xen_shared_info + 0	/* of vcpu_info[0]; checked in event.c */
#define EVENT_MASK xen_shared_info + 1

	.text
/*
 * [tour: first-trap 16] And back. In ring 1 iret changes neither the interrupt
 * flag nor the event mask, so the guest restores the mask by hand, and then has
 * to look again for what came meanwhile.
 */
	.globl	xen_trap_return
xen_trap_return:
	cmpb	$0, REGS_SAVED_MASK(%esp)
	jne	1f
	movb	$0, EVENT_MASK
	cmpb	$0, EVENT_PENDING
	jne	2f
1:	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popa
	addl	$8, %esp		/* vector and error code */
	iret

2:	movb	$1, EVENT_MASK
	pushl	%esp
	call	xen_late_events
	addl	$4, %esp
	jmp	xen_trap_return

	.section .note.GNU-stack, "", @progbits
