/* SPDX-License-Identifier: MIT */
/*
 * The ways in as a guest. Whatever happened, the monitor switched to the kernel
 * stack and the kernel's root, masked events, and left there, low to high:
 *
 *      rcx r11 [ds es fs gs] [error code] rip cs rflags rsp ss
 *
 * It needs rcx and r11 itself to come back by sysret. The selectors are the
 * failsafe callback's only. cs says 3 in its lowest bits if a process was
 * interrupted, and 0 if it was this kernel, although that runs in ring 3 too.
 */
	.text

/* xen_stubs: one for each line of trap_gates, in its order, 16 bytes each. */
	.macro xen_stub vector
	.p2align 4
	popq	%rcx
	popq	%r11
	jmp	trap_stub_\vector
	.endm

	.altmacro
	.macro xen_stub_range from, to
	.set i, \from
	.rept \to - \from + 1
	xen_stub %i
	.set i, i + 1
	.endr
	.endm

/*
 * [tour: widths 16] The stubs that take rcx and r11 off; behind them the 64-bit
 * kernel is the same in both worlds.
 */
	.p2align 4
	.globl	xen_stubs
xen_stubs:
	xen_stub_range 0, 47
	xen_stub 128

/* `syscall` of a process; rcx and r11 in the frame are its rip and flags. */
	.p2align 4
	.globl	xen_syscall_entry
xen_syscall_entry:
	popq	%rcx
	popq	%r11
	jmp	trap_stub_128

/* An event is pending. */
	.globl	xen_event_entry
xen_event_entry:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$0x30			/* VECTOR_EVENT */
	jmp	trap_common

/*
 * The monitor could not return to the frame it was given: a selector in it is
 * bad. ds, es, fs and gs are as they were; now they are null.
 */
	.globl	xen_failsafe_entry
xen_failsafe_entry:
	popq	%rcx
	popq	%r11
	addq	$32, %rsp
	pushq	$0
	pushq	$0x31			/* VECTOR_FAILSAFE */
	jmp	trap_common

	.section .note.GNU-stack, "", @progbits
