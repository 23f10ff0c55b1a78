/* SPDX-License-Identifier: MIT */
/*
 * Trap, event and failsafe entries of a 64-bit PV guest's kernel, and the
 * return by HYPERVISOR_iret. Entered by the hypervisor; calls guest_trap().
 *
 * What the hypervisor leaves on the kernel's stack, low to high:
 *	rcx  r11  [error code]  rip  cs|old upcall mask<<32  rflags  rsp  ss
 * cs has privilege level 0 if the kernel was interrupted, else 3. The stubs put
 * rcx and r11 back, add an error code where there is none, and the vector;
 * struct guest_trap_frame in frame.h is the whole.
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
	popq	%rcx
	popq	%r11
	.if	vector >= 32
	pushq	$0
	.elseif	!((HAS_ERROR_CODE >> vector) & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

/* Event upcall. In: a frame without error code; upcalls are masked. */
	.balign	16
	.globl	event_entry
event_entry:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$VECTOR_EVENT
	jmp	trap_common

/* Failsafe: ds, es, fs, gs as they were lie behind r11. Drop them. */
	.globl	failsafe_entry
failsafe_entry:
	popq	%rcx
	popq	%r11
	addq	$32, %rsp
	pushq	$0
	pushq	$VECTOR_FAILSAFE
	/* fall through */

trap_common:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	call	guest_trap
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	/* Restores rax, rcx, r11 and the upcall mask (from IF) and delivers at once. */
	pushq	$0
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$__HYPERVISOR_iret, %eax
	syscall
	ud2

/*
 * int trap_context_save(struct trap_context *ctx)
 * Returns 0, and once more 1 when trap_context_restore() goes back here.
 */
	.globl	trap_context_save
trap_context_save:
	movq	%rbx, 0(%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	leaq	8(%rsp), %rdx
	movq	%rdx, 48(%rdi)
	movq	(%rsp), %rdx
	movq	%rdx, 56(%rdi)
	xorl	%eax, %eax
	ret

/*
 * void trap_context_restore(struct trap_context *ctx)
 * Does not return. Loads flat segments, but leaves fs and gs with their bases
 * alone; the stack may be any on entry.
 */
	.globl	trap_context_restore
trap_context_restore:
	movl	$FLAT_KERNEL_SS, %eax
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movq	0(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	48(%rdi), %rsp
	movl	$1, %eax
	jmp	*56(%rdi)

	.section .note.GNU-stack, "", @progbits
