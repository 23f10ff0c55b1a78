/* SPDX-License-Identifier: MIT */
/*
 * Trap entry, the same for both worlds.
 *
 * In ring 0 the processor pushes the frame; in ring 1 the monitor does, in the
 * same format, so the stubs do not know which it was. What differs is the way
 * out, so that one goes through pv_ops.trap_return.
 *
 *      esp, ss         only when coming from ring 3
 *      eflags
 *      cs              upper half: saved event mask (Xen only)
 *      eip
 *      error code      or the stub's zero
 *      vector          pushed by the stub
 *      eax ... edi     pusha
 *      ds es fs gs     <- %esp when trap_dispatch(regs) is called
 */

/* Exceptions that come with an error code: 8, 10-14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

	.text

/*
 * In:       a frame from eip up, on the kernel stack
 * Out:      does not return here; leaves by pv_ops.trap_return
 * IRQ state: off (interrupt gates; Xen: event mask set on entry)
 */
	.macro stub vector
	.p2align 4
stub_\vector:
	.if \vector >= 32 || ((HAS_ERROR_CODE >> \vector) & 1) == 0
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_common
	.endm

	.altmacro
	.macro stubs from, to
	.set i, \from
	.rept \to - \from + 1
	stub %i
	.set i, i + 1
	.endr
	.endm

	stubs 0, 47

/*
 * System calls. As a guest the processor comes straight here from ring 3, past
 * the monitor, so events are still unmasked (trap_dispatch masks them) and
 * nobody wrote the saved mask above cs: it was 0, since processes always run
 * with events on.
 */
	.p2align 4
stub_128:
	pushl	$0
	pushl	$128
	movw	$0, 14(%esp)
	jmp	trap_common

/*
 * In:       vector, error code and frame on the kernel stack
 * Out:      struct regs completed; trap_dispatch called; then pv_ops.trap_return
 * Clobbers: nothing that is not restored from struct regs
 * Stack:    the process's kernel stack, or the interrupted one
 *
 * [tour: first-trap 14] In the guest now. These stubs can't tell whether the
 * processor or a monitor built the frame below them; that they needn't is the
 * point of bouncing.
 */
	.globl	trap_common
	.p2align 4
trap_common:
	cld
	pusha
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	%ss, %eax		/* the flat data segment of whichever ring we are in */
	movl	%eax, %ds
	movl	%eax, %es
	pushl	%esp
	call	trap_dispatch
	addl	$4, %esp
	jmp	*pv_ops			/* pv_ops.trap_return */

/*
 * First instruction of a new process's kernel half: sched_switch "returns" here.
 * In:       struct regs on top of the stack, irqs off
 */
	.globl	trap_first_return
trap_first_return:
	jmp	*pv_ops

/*
 * void switch_stacks(uint32_t *save_esp, uint32_t new_esp)
 * In:       arguments on the stack; irqs off
 * Out:      returns on the new stack, to whoever called it there
 * Clobbers: eax, ecx, edx
 */
	.globl	switch_stacks
switch_stacks:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	%edx, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/* struct gate trap_gates[]: which vectors exist, and who may raise them by `int`. */
	.macro gate vector, dpl
	.long	\vector, \dpl, stub_\vector
	.endm

	.macro gates from, to
	.set i, \from
	.rept \to - \from + 1
	.if i == 3 || i == 4
	gate %i, 3			/* int3 and into are for everybody */
	.else
	gate %i, 0
	.endif
	.set i, i + 1
	.endr
	.endm

	.section .rodata
	.p2align 2
	.globl	trap_gates
trap_gates:
	gates 0, 47
	gate 128, 3
trap_gates_end:
	.globl	trap_nr_gates
trap_nr_gates:
	.long	(trap_gates_end - trap_gates) / 12

	.section .note.GNU-stack, "", @progbits
