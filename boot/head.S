/* SPDX-License-Identifier: MIT */
/*
 * The first instructions: multiboot headers, the checks that must come before
 * any compiled code. Entered once by the boot loader; calls nothing back.
 *
 * The width's own file, boot/x86_NN.S, includes this one and goes on at
 * boot_paging with early page tables and the jump to start() in
 * hv/platform/start.c. It defines NEEDS, what a CPU without something is told.
 *
 * Until the checks are done this is 386 code, so that an old CPU gets a
 * sentence instead of an undefined opcode.
 *
 * Multiboot Specification 0.6.96, 3.1 and 3.2; Multiboot2 2.0, 3.1 and 3.3.
 */
#include "layout.h" /* the width folder's */

#define PHYS(sym) ((sym) - DIRECTMAP_START)

#define MB1_HEADER_MAGIC 0x1BADB002
#define MB1_ENTRY_MAGIC 0x2BADB002
#define MB1_FLAGS 0x3 /* modules on page boundaries, memory information */
#define MB2_HEADER_MAGIC 0xE85250D6
#define MB2_ENTRY_MAGIC 0x36D76289

/* Checked here, where even the stack is not needed: 16 MB, in KiB above 1 MiB. */
#define LEAST_UPPER_KB (15 * 1024)

#define COM1 0x3F8
#define PORT_E9 0xE9
#define VGA_TEXT 0xB8000

	.section .boot, "awx", @progbits
	.code32

/* ---- headers: within the first 8 KiB (1) and 32 KiB (2) of the file ---- */

	.balign 8
mb2_header:
	.long MB2_HEADER_MAGIC
	.long 0 /* i386 */
	.long mb2_header_end - mb2_header
	.long -(MB2_HEADER_MAGIC + (mb2_header_end - mb2_header))
	/* Modules on page boundaries. No relocatable tag: we load where linked. */
	.word 6, 0
	.long 8
	.word 0, 0
	.long 8
mb2_header_end:

	.balign 4
mb1_header:
	.long MB1_HEADER_MAGIC
	.long MB1_FLAGS
	.long -(MB1_HEADER_MAGIC + MB1_FLAGS)

/*
 * boot_entry: where the loader jumps.
 * In: eax = loader's magic, ebx = its information, machine address; flat
 *     32-bit segments, paging off.  IRQs: off.  Stack: none yet.
 * Never returns.
 *
 * [tour: boot 1] A boot loader jumps here: 32-bit code, paging off, a magic
 * number in eax. Nothing is known of the CPU yet, so all of this file is 386
 * code, and whoever can't run Ringlet is told why, on every console there may
 * be.
 */
	.globl boot_entry
	.type boot_entry, @function
boot_entry:
	cli
	cld
	mov	$PHYS(boot_stack_top), %esp
	mov	%eax, %ebp /* kept: ebp = magic, ebx = information */

	cmp	$MB1_ENTRY_MAGIC, %eax
	je	check_memory_mb1
	cmp	$MB2_ENTRY_MAGIC, %eax
	je	check_memory_mb2
	mov	$msg_loader, %esi
	jmp	boot_refuse

check_memory_mb1:
	testl	$1, (%ebx) /* flags: mem_lower and mem_upper are there */
	jz	check_cpuid
	cmpl	$LEAST_UPPER_KB, 8(%ebx)
	jb	refuse_memory
	jmp	check_cpuid

check_memory_mb2: /* find tag 4: type, size, mem_lower, mem_upper */
	lea	8(%ebx), %esi
	mov	(%ebx), %ecx
	add	%ebx, %ecx
1:	cmp	%ecx, %esi
	jae	check_cpuid
	mov	(%esi), %eax
	test	%eax, %eax
	jz	check_cpuid
	cmp	$4, %eax
	jne	2f
	cmpl	$LEAST_UPPER_KB, 12(%esi)
	jb	refuse_memory
	jmp	check_cpuid
2:	mov	4(%esi), %eax
	cmp	$8, %eax
	jb	check_cpuid
	add	$7, %eax
	and	$~7, %eax
	add	%eax, %esi
	jc	check_cpuid
	jmp	1b

refuse_memory:
	mov	$msg_memory, %esi
	jmp	boot_refuse

check_cpuid: /* CPUID exists if EFLAGS.ID can be changed. SDM vol. 1, 20.1 */
	pushf
	pop	%eax
	mov	%eax, %ecx
	xor	$(1 << 21), %eax
	push	%eax
	popf
	pushf
	pop	%eax
	push	%ecx
	popf
	xor	%ecx, %eax
	mov	$msg_cpuid, %esi
	test	$(1 << 21), %eax
	jz	boot_refuse

	mov	%ebx, %edi /* CPUID takes ebx */
	xor	%eax, %eax
	cpuid
	test	%eax, %eax
	jz	boot_refuse
	mov	$1, %eax
	xor	%ecx, %ecx
	cpuid
	mov	%edi, %ebx

	mov	$cpu_needs, %edi
1:	mov	(%edi), %ecx
	test	%ecx, %ecx
	jz	boot_paging
	mov	4(%edi), %esi
	test	%ecx, %edx
	jz	boot_refuse
	add	$8, %edi
	jmp	1b

/*
 * boot_refuse: say a sentence on COM1, VGA and port 0xE9, and stop.
 * In: esi = text, ends with NUL. 386 instructions only. Never returns.
 */
boot_refuse:
	mov	$com1_setup, %ebx
1:	mov	(%ebx), %dx
	mov	2(%ebx), %al
	out	%al, %dx
	add	$4, %ebx
	cmp	$com1_setup_end, %ebx
	jb	1b

	mov	$VGA_TEXT, %edi
	mov	$0x07200720, %eax
	mov	$(80 * 25 / 2), %ecx
	rep stosl
	mov	$VGA_TEXT, %edi

2:	lodsb
	test	%al, %al
	jz	halt
	out	%al, $PORT_E9
	cmp	$'\n', %al
	je	3f
	mov	$0x07, %ah
	stosw
3:	mov	%al, %bl
	mov	$(COM1 + 5), %dx
	mov	$0x20000, %ecx /* a missing port must not hold us */
4:	in	%dx, %al
	test	$0x20, %al
	jnz	5f
	loop	4b
5:	mov	$COM1, %dx
	mov	%bl, %al
	out	%al, %dx
	jmp	2b

halt:	cli
	hlt
	jmp	halt

	.balign 4
com1_setup: /* port, value: no interrupts, 115200 8n1, FIFO on and empty, DTR RTS */
	.word COM1 + 1, 0x00
	.word COM1 + 3, 0x80
	.word COM1 + 0, 0x01
	.word COM1 + 1, 0x00
	.word COM1 + 3, 0x03
	.word COM1 + 2, 0x07
	.word COM1 + 4, 0x03
com1_setup_end:

/*
 * [tour: boot 2] The whole list of what a CPU must have: what a Pentium Pro
 * has. Nothing here asks for virtualisation.
 */
cpu_needs: /* CPUID leaf 1 EDX bit, what to say without it */
	.long 1 << 6, msg_pae
	.long 1 << 15, msg_cmov
	.long 1 << 4, msg_tsc
	.long 1 << 8, msg_cx8
	.long 1 << 0, msg_fpu
	.long 0

msg_loader:
	.asciz "(ringlet) not started by a multiboot or multiboot2 loader.\r\n"
msg_memory:
	.asciz "(ringlet) too little memory: less than 16 MB; Ringlet needs 64 MB.\r\n"
msg_cpuid:
	.ascii "(ringlet) this CPU is too old, it has no CPUID: "
	.asciz NEEDS
msg_pae:
	.ascii "(ringlet) this CPU has no PAE (36-bit paging): "
	.asciz NEEDS
msg_cmov:
	.ascii "(ringlet) this CPU has no conditional moves (CMOV): "
	.asciz NEEDS
msg_tsc:
	.ascii "(ringlet) this CPU has no time-stamp counter: "
	.asciz NEEDS
msg_cx8:
	.ascii "(ringlet) this CPU has no CMPXCHG8B: "
	.asciz NEEDS
msg_fpu:
	.ascii "(ringlet) this CPU has no floating-point unit: "
	.asciz NEEDS

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
/* One stack, until and unless the width's code moves to another. */
	.globl boot_stack, boot_stack_top
boot_stack:
	.skip 16384
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
