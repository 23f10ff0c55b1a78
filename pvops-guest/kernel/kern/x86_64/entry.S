/* SPDX-License-Identifier: MIT */
/*
 * Trap entry, the same for both worlds.
 *
 * Bare, the processor pushes the frame; as a guest the monitor does, and puts
 * rcx and r11 below it, which xen/x86_64/entry.S takes off before it comes
 * here. The way out goes through pv_ops.trap_return.
 *
 *      ss, rsp
 *      rflags
 *      cs              upper half: saved event mask (Xen only)
 *      rip
 *      error code      or the stub's zero
 *      vector          pushed by the stub
 *      rcx r11 rax
 *      rdi ... r15     <- %rsp when trap_dispatch(regs) is called
 */

/* Exceptions that come with an error code: 8, 10-14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

	.text

/*
 * In:       a frame from rip up, on the kernel stack
 * Out:      does not return here; leaves by pv_ops.trap_return
 * IRQ state: off (interrupt gates; Xen: event mask set on entry)
 */
	.macro stub vector
	.p2align 4
	.globl	trap_stub_\vector
trap_stub_\vector:
	.if \vector >= 32
	pushq	$0
	.elseif ((HAS_ERROR_CODE >> \vector) & 1) == 0
	pushq	$0
	.endif
	pushq	$\vector
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
	stub 128

/*
 * In:       vector, error code and frame on the kernel stack
 * Out:      struct regs completed; trap_dispatch called; then pv_ops.trap_return
 * Clobbers: nothing that is not restored from struct regs
 * Stack:    the process's kernel stack, or the interrupted one; its frame is 16-byte
 *           aligned, and 22 words are too
 */
	.globl	trap_common
	.p2align 4
trap_common:
	cld
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	call	trap_dispatch
	jmp	*pv_ops			/* pv_ops.trap_return */

/*
 * First instruction of a new process's kernel half: sched_switch "returns" here.
 * In:       struct regs on top of the stack, irqs off
 */
	.globl	trap_first_return
trap_first_return:
	jmp	*pv_ops

/*
 * void switch_stacks(unsigned long *save_sp, unsigned long new_sp)
 * In:       rdi, rsi; irqs off
 * Out:      returns on the new stack, to whoever called it there
 * Clobbers: what a C function may
 */
	.globl	switch_stacks
switch_stacks:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

/* struct gate trap_gates[]: which vectors exist, and who may raise them by `int`. */
	.macro gate vector, dpl
	.long	\vector, \dpl
	.quad	trap_stub_\vector
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
	.p2align 3
	.globl	trap_gates
trap_gates:
	gates 0, 47
	gate 128, 3
trap_gates_end:
	.globl	trap_nr_gates
trap_nr_gates:
	.long	(trap_gates_end - trap_gates) / 16

	.section .note.GNU-stack, "", @progbits
