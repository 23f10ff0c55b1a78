/* SPDX-License-Identifier: MIT */
/*
 * Trap, event and failsafe entries of a 32-bit PV guest in ring 1, and the
 * return by HYPERVISOR_iret. Entered by the hypervisor; calls guest_trap().
 *
 * What the hypervisor leaves on the ring-1 stack, low to high:
 *	[error code]  eip  cs|old upcall mask<<16  eflags  [esp  ss]
 * esp and ss only if the trap came from ring 3. The stubs add an error code
 * where there is none, and the vector; struct guest_trap_frame in traps.h is
 * the whole.
 */

#include <xen/xen.h>

#define VECTOR_EVENT	0x100
#define VECTOR_FAILSAFE	0x101
/* Vectors for which the CPU pushes an error code. */
#define HAS_ERROR_CODE	0x00227d00

	.text

/*
 * trap_stubs: one stub of 16 bytes per vector, 0 to 255.
 * In: the hypervisor's frame. Upcalls as the trap table says.
 */
	.balign	16
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector >= 32
	pushl	$0
	.elseif	!((HAS_ERROR_CODE >> vector) & 1)
	pushl	$0
	.endif
	pushl	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

/* Event upcall. In: a frame without error code; upcalls are masked. */
	.balign	16
	.globl	event_entry
event_entry:
	pushl	$0
	pushl	$VECTOR_EVENT
	jmp	trap_common

/* Failsafe: ds, es, fs, gs as they were lie below the frame. Drop them. */
	.globl	failsafe_entry
failsafe_entry:
	addl	$16, %esp
	pushl	$0
	pushl	$VECTOR_FAILSAFE
	/* fall through */

trap_common:
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	$FLAT_RING1_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	cld
	pushl	%esp
	call	guest_trap
	addl	$4, %esp
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
	popl	%edx
	popl	%ecx
	popl	%eax
	addl	$8, %esp
	/* Restores eax and the upcall mask (from IF) and delivers at once. */
	pushl	%eax
	movl	$__HYPERVISOR_iret, %eax
	int	$0x82
	ud2

/*
 * int trap_context_save(struct trap_context *ctx)
 * Returns 0, and once more 1 when trap_context_restore() goes back here.
 */
	.globl	trap_context_save
trap_context_save:
	movl	4(%esp), %eax
	movl	(%esp), %ecx
	movl	%ebx, 0(%eax)
	movl	%esi, 4(%eax)
	movl	%edi, 8(%eax)
	movl	%ebp, 12(%eax)
	leal	4(%esp), %edx
	movl	%edx, 16(%eax)
	movl	%ecx, 20(%eax)
	xorl	%eax, %eax
	ret

/*
 * void trap_context_restore(struct trap_context *ctx)
 * Does not return. Loads flat segments; the stack may be any on entry.
 */
	.globl	trap_context_restore
trap_context_restore:
	movl	4(%esp), %edx
	movl	$FLAT_RING1_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	0(%edx), %ebx
	movl	4(%edx), %esi
	movl	8(%edx), %edi
	movl	12(%edx), %ebp
	movl	%eax, %ss
	movl	16(%edx), %esp
	movl	$1, %eax
	jmp	*20(%edx)

	.section .note.GNU-stack, "", @progbits
