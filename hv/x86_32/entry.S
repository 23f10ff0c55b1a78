/* SPDX-License-Identifier: MIT */
/*
 * Every way into the monitor and the one way out, 32-bit.
 *
 * A trap from a guest arrives on this CPU's stack, just below struct cpu, so
 * that the frame the stubs complete is cpu->guest (regs.h draws it):
 *
 *   pushed by the CPU     ss esp eflags cs eip          (ss esp: from a guest only)
 *   by the stub           error code or 0, vector
 *   by trap_entry         gs fs es ds eax ebp edi esi edx ecx ebx   <- esp
 *
 * All gates are interrupt gates: interrupts are off in the monitor, and the
 * CPU has cleared TF, NT, RF and VM. Calls to: trap/trap.c, trap/hypercall.c,
 * trap/exit.c. Who sets the gates up: gates.c.
 */
#include "asm-offsets.h"
#include "layout.h"
#include "x86/vectors.h"

	/* Where a fault in the monitor's own code may be mended: {at, go to}. */
	.macro EXTABLE at, to
	.pushsection .ex_table, "a"
	.long \at - ., \to - .
	.popsection
	.endm

	.text

/*
 * One stub a vector, 16 bytes apart from trap_stubs on, so that gates.c needs
 * no table. Each makes the stack look as if there had been an error code.
 *
 * [tour: first-trap 1] A guest's kernel, in ring 1, executes `cli`. The
 * processor refuses: vector 13. It takes the gate of that number from the IDT
 * and ring 0's stack from the TSS, pushes where the guest was, and goes on
 * here. From now on interrupts are off. `make step` leads through this chapter
 * in Bochs.
 */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vec, 0
	.rept 256
	.balign 16
	.if !((vec < 32) && ((VEC_HAS_ERROR_MASK >> (vec & 31)) & 1))
	push	$0
	.endif
	pushl	$vec
	jmp	trap_entry
	.set vec, vec + 1
	.endr

	.macro SAVE_ALL
	push	%gs
	push	%fs
	push	%es
	push	%ds
	push	%eax
	push	%ebp
	push	%edi
	push	%esi
	push	%edx
	push	%ecx
	push	%ebx
	cld
	mov	$SEL_RING0_DS, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	.endm

/*
 * trap_entry: common to all vectors but the hypercall's.
 * In: stack as above up to the vector. IRQ off. Never returns here: trap_dispatch
 * tells with which frame to leave.
 * [tour: first-trap 2] The guest's selectors are saved and ours loaded before any C runs.
 */
trap_entry:
	SAVE_ALL
	mov	%esp, %eax
	call	trap_dispatch
	mov	%eax, %esp
	testb	$3, REGS_cs(%esp)
	jnz	leave_to_guest
	/*
	 * A nested trap: back into the monitor, whose frame has no ss:esp. fs and
	 * gs stay: the monitor never loads them, and what they hold may be a
	 * selector of a guest whose descriptors are no longer there.
	 */
	pop	%ebx
	pop	%ecx
	pop	%edx
	pop	%esi
	pop	%edi
	pop	%ebp
	pop	%eax
	pop	%ds
	pop	%es
	add	$(REGS_ip - REGS_fs), %esp
	iret

/*
 * hypercall_entry: int $0x82, gate DPL 1. ABI 1.7.
 * In: guest's eax number, ebx ecx edx esi edi ebp arguments. IRQ off.
 * Only eax differs when the guest goes on.
 *
 * [tour: hypercall 2] The one gate that ring 1 may call. It has its own entry
 * only to save the dispatcher a question; the frame is the same as any trap's.
 */
	.globl hypercall_entry
hypercall_entry:
	push	$0
	pushl	$VEC_HYPERCALL
	SAVE_ALL
	mov	%esp, %eax
	call	hypercall_dispatch

/*
 * leave_to_guest: the only way out to a guest.
 * In: esp = &cpu->guest. IRQ off. exit_to_guest() may have put another vcpu's
 * registers there. Loading a selector the guest chose may fault: then the
 * frame is still whole, and the failsafe callback takes it (ABI 4.2).
 *
 * [tour: first-trap 12] Selectors and frame are the guest's choice, and loading
 * them may fault with the monitor half left. Such a fault is found by its
 * address and becomes the guest's failsafe callback.
 */
	.globl leave_to_guest
leave_to_guest:
	mov	%esp, %eax
	call	exit_to_guest
1:	mov	REGS_gs(%esp), %gs
2:	mov	REGS_fs(%esp), %fs
3:	mov	REGS_es(%esp), %es
4:	mov	REGS_ds(%esp), %ds
	pop	%ebx
	pop	%ecx
	pop	%edx
	pop	%esi
	pop	%edi
	pop	%ebp
	pop	%eax
	add	$(REGS_ip - REGS_ds), %esp
	.globl iret_to_guest
iret_to_guest:
	iret
	EXTABLE	1b, segment_fault
	EXTABLE	2b, segment_fault
	EXTABLE	3b, segment_fault
	EXTABLE	4b, segment_fault
	/* A fault of the iret itself is taken apart by trap_in_monitor(). */

segment_fault:
	mov	$SEL_RING0_DS, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%esp, %eax
	call	trap_failsafe
	jmp	leave_to_guest

/*
 * arch_copy_user(dst = eax, src = edx, n = ecx): bytes not copied in eax.
 * Clobbers ecx, edx. A fault leaves what rep had still to do in ecx.
 */
	.globl arch_copy_user
arch_copy_user:
	push	%esi
	push	%edi
	mov	%eax, %edi
	mov	%edx, %esi
	mov	%ecx, %edx
	shr	$2, %ecx
	and	$3, %edx
5:	rep movsl
	mov	%edx, %ecx
6:	rep movsb
7:	mov	%ecx, %eax
	pop	%edi
	pop	%esi
	ret
8:	/* in the longs: what is left of them, and the tail */
	lea	(%edx,%ecx,4), %ecx
	jmp	7b
	EXTABLE	5b, 8b
	EXTABLE	6b, 7b

/*
 * sysenter_entry: SYSENTER, wherever it was executed. SDM vol. 2B.
 * In: cs, ss ours; esp from the MSR, as TSS.esp0; IF and VM clear, TF and NT
 * as they were: first of all they are cleared. A TF traps into the monitor
 * meanwhile, which trap_in_monitor() takes off again. The caller's eip, esp
 * and ring are lost: the frame says null code of ring 3, as the ABI (4.4) has it.
 */
	.globl sysenter_entry
sysenter_entry:
	pushl	$SEL_RING3_DS
	pushl	$0
	pushfl
	pushl	$2
	popfl
	orl	$0x200, (%esp)
	pushl	$3
	pushl	$0
	pushl	$0
	pushl	$VEC_SYSENTER
	SAVE_ALL
	mov	%esp, %eax
	call	trap_sysenter
	jmp	leave_to_guest

/*
 * double_fault_entry: entered by the task gate's TSS (gates.c), with its own
 * stack and CR3; the interrupted state is in the main TSS. Never returns.
 */
	.globl double_fault_entry
double_fault_entry:
	cld
	call	double_fault
	ud2

	.section .note.GNU-stack, "", @progbits
