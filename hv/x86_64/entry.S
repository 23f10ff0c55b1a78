/* SPDX-License-Identifier: MIT */
/*
 * Every way into the monitor and the one way out, 64-bit.
 *
 * Guest kernel and guest user both run in ring 3. A trap from a guest ends up
 * on this CPU's stack, just below struct cpu, so that the frame the stubs
 * complete is cpu->guest (regs.h draws it):
 *
 *   pushed by the CPU     ss rsp rflags cs rip
 *   by the stub           error code or 0, vector
 *   by SAVE_ALL           r15 r14 r13 r12 r11 rbp rcx rbx rax r9 r8 r10 rdx rsi rdi  <- rsp
 *
 * All gates are interrupt gates, SFMASK clears the same flags: interrupts are
 * off in the monitor. Vectors that may come when rsp is the guest's, between
 * SYSCALL and the switch of stacks, have stacks of their own (IST).
 * No GS base is ours: the guest's own stay where they are.
 * Calls to: trap/trap.c, trap/hypercall.c, trap/exit.c. Gates: gates.c.
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

	.macro SAVE_ALL
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%rbp
	push	%rcx
	push	%rbx
	push	%rax
	push	%r9
	push	%r8
	push	%r10
	push	%rdx
	push	%rsi
	push	%rdi
	.endm

	.macro RESTORE_ALL
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%r10
	pop	%r8
	pop	%r9
	pop	%rax
	pop	%rbx
	pop	%rcx
	pop	%rbp
	pop	%r11
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	.endm

	/* The bootstrap CPU's struct cpu; each CPU has SYSCALL entries of its own. */
	.set	cpu0, cpu0_stack + CPU_BLOCK_SIZE - CPU_SIZE

	.text

/*
 * One stub a vector, 16 bytes apart from trap_stubs on, so that gates.c needs
 * no table. Each makes the stack look as if there had been an error code.
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
	push	$vec
	.if (vec == VEC_NMI) || (vec == VEC_DB) || (vec == VEC_MC) || (vec == VEC_DF)
	jmp	ist_entry
	.else
	jmp	trap_entry
	.endif
	.set vec, vec + 1
	.endr

/*
 * trap_entry: common to all vectors without a stack of their own.
 * In: stack as above up to the vector. IRQ off. Never returns here.
 */
trap_entry:
	SAVE_ALL
	cld
	mov	%rsp, %rdi
	xor	%ebp, %ebp
dispatch:
	call	trap_dispatch
	mov	%rax, %rsp
	testb	$3, REGS_cs(%rsp)
	jnz	leave_to_guest
	/* A nested trap: back into the monitor. */
	RESTORE_ALL
	add	$16, %rsp
	iretq

/*
 * ist_entry: NMI, #DB, #MC and #DF, each on its own stack of this CPU's block.
 * What interrupted a guest goes on where all traps of guests do, so that its
 * IST stack is free for the next: a watchpoint on the stack to which we build
 * the #DB's frame would otherwise overwrite it. What interrupted the monitor
 * is served in place, and touches no guest memory.
 *
 * [tour: widths 13] These may come when the stack isn't ours yet. In 32 bits
 * there is no such moment: the processor brings our stack along on every way in.
 */
ist_entry:
	SAVE_ALL
	cld
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	testb	$3, REGS_cs(%rsp)
	jz	dispatch
	mov	%rsp, %rsi
	lea	cpu0(%rip), %rdi
	mov	$(REGS_SIZE / 8), %ecx
	rep movsq
	lea	cpu0(%rip), %rsp
	mov	%rsp, %rdi
	jmp	dispatch

/*
 * syscall_entry: SYSCALL of 64-bit code: a hypercall, or its user's system call.
 * In: rcx = rip, r11 = rflags; rsp still the guest's; SFMASK has cleared the
 * flags. It says nothing of cs and ss but that they are flat: so does the frame.
 *
 * [tour: widths 6] SYSCALL changes no stack. The guest's is put away and ours
 * loaded by address; until then nothing may be pushed, and what can come
 * between (an NMI) has a stack of its own.
 */
	.balign 16
	.globl syscall_entry
syscall_entry:
	mov	%rsp, cpu0 + REGS_sp(%rip)
	lea	cpu0 + REGS_sp(%rip), %rsp
	movq	$SEL_RING3_DS, cpu0 + REGS_ss(%rip)
	push	%r11
	push	$SEL_RING3_CS64
	push	%rcx
	push	$0
	push	$VEC_SYSCALL_ENTRY
	SAVE_ALL
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	trap_syscall

/*
 * leave_to_guest: the only way out to a guest.
 * In: rsp = &cpu->guest. IRQ off. exit_to_guest() may have put another vcpu's
 * registers there.
 *
 * SYSRET takes rip from rcx and rflags from r11, which guests give up for it
 * (ABI 1.7), and loads flat selectors. With a non-canonical rcx some CPUs fault
 * in ring 0 on the guest's rsp: such a frame leaves by iretq, whose fault finds
 * our own stack (SDM vol. 2B, SYSRET). So does one with TF, which traps right
 * behind a SYSRET, and behind the guest's next instruction after an iretq.
 *
 * [tour: widths 12] The way out has two forms. SYSRET is fast, with conditions
 * that hold nearly always; all others leave by iretq.
 */
	.globl leave_to_guest
leave_to_guest:
	mov	%rsp, %rdi
	call	exit_to_guest
	cmpl	$VEC_SYSCALL_ENTRY, REGS_vector(%rsp)
	jne	1f
	testl	$FLAG_TF, REGS_flags(%rsp)
	jnz	1f
	mov	REGS_ip(%rsp), %rcx
	sar	$47, %rcx
	inc	%rcx
	cmp	$1, %rcx
	ja	1f
	/* A trap in between left ss null; K8's SYSRET keeps what is wrong with that. */
	mov	%ss, %ecx
	cmp	$SEL_RING0_DS, %ecx
	jne	1f
	RESTORE_ALL
	mov	REGS_ip - REGS_vector(%rsp), %rcx
	mov	REGS_flags - REGS_vector(%rsp), %r11
	mov	REGS_sp - REGS_vector(%rsp), %rsp
	.globl sysret_to_guest
sysret_to_guest:
	sysretq
1:
	RESTORE_ALL
	add	$16, %rsp
	.globl iret_to_guest
iret_to_guest:
	iretq
	/* A fault of it is taken apart by trap_in_monitor(). */

/*
 * syscall32_entry: SYSCALL of 32-bit code, where the CPU has it (AMD).
 * In: as syscall_entry.
 */
	.balign 16
	.globl syscall32_entry
syscall32_entry:
	mov	%rsp, cpu0 + REGS_sp(%rip)
	lea	cpu0 + REGS_sp(%rip), %rsp
	movq	$SEL_RING3_DS, cpu0 + REGS_ss(%rip)
	push	%r11
	push	$SEL_RING3_CS32
	push	%rcx
	push	$0
	push	$VEC_SYSCALL32_ENTRY
	SAVE_ALL
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	trap_syscall32
	jmp	leave_to_guest

/*
 * sysenter_entry: SYSENTER, wherever it was executed. SDM vol. 2B.
 * In: cs, ss ours; rsp from the MSR, as TSS.rsp0; IF and VM clear, TF and NT
 * as they were: first of all they are cleared. A TF traps into the monitor
 * meanwhile, which trap_in_monitor() takes off again. The caller's rip, rsp
 * and ring are lost: the frame says null code of ring 3, as the ABI (4.4) has it.
 */
	.globl sysenter_entry
sysenter_entry:
	push	$SEL_RING3_DS
	push	$0
	pushfq
	push	$2
	popfq
	orl	$0x200, (%rsp)
	push	$3
	push	$0
	push	$0
	push	$VEC_SYSENTER
	SAVE_ALL
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	trap_sysenter
	jmp	leave_to_guest

/*
 * arch_copy_user(dst = rdi, src = rsi, n = rdx): bytes not copied in rax.
 * Clobbers rcx, rdx. A fault leaves what rep had still to do in rcx.
 */
	.globl arch_copy_user
arch_copy_user:
	mov	%rdx, %rcx
	shr	$3, %rcx
	and	$7, %edx
5:	rep movsq
	mov	%edx, %ecx
6:	rep movsb
7:	mov	%rcx, %rax
	ret
8:	/* in the quads: what is left of them, and the tail */
	lea	(%rdx,%rcx,8), %rcx
	jmp	7b
	EXTABLE	5b, 8b
	EXTABLE	6b, 7b

/*
 * load_ds, load_es, load_fs, load_gs(selector = edi): eax = 0, or 1 if the CPU
 * refuses the selector; then a null one is loaded.
 */
	.macro LOAD_SELECTOR seg
	.globl load_\seg
load_\seg:
	xor	%eax, %eax
9:	mov	%edi, %\seg
	ret
10:	inc	%eax
	xor	%edi, %edi
	mov	%edi, %\seg
	ret
	EXTABLE	9b, 10b
	.endm

	LOAD_SELECTOR ds
	LOAD_SELECTOR es
	LOAD_SELECTOR fs

/*
 * For gs: the base in use is saved by the caller, which writes it again.
 */
	LOAD_SELECTOR gs

	.section .note.GNU-stack, "", @progbits
