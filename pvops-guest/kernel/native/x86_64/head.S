/* SPDX-License-Identifier: MIT */
/*
 * The bare start: a multiboot loader jumps to native_entry, in ring 0, in
 * 32-bit protected mode, paging off. Build tables, turn on long mode, move to
 * the top of the address space, call C.
 *
 * In:   eax = loader's magic number, ebx = physical address of its information
 * Out:  native_start(magic, info), which does not return
 * Stack: none at first; boot_stack from then on
 */
#include "kern_width.h"
#include "selectors.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define BOOT_TABLES 8			/* 2 MB each: the first 16 MB */
#define PTE_KERNEL 0x63			/* P, RW, A, D */

#define CR4_PAE 0x20
#define CR0_PG_WP 0x80010000
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100

#define MB1_MAGIC 0x1BADB002
/*
 * Modules on pages, memory size please, and where everything is: a loader of
 * multiboot 1 that knows no 64-bit ELF then takes the file as it lies.
 */
#define MB1_FLAGS 0x00010003
#define MB2_MAGIC 0xE85250D6

	.section .multiboot, "a", @progbits
	.p2align 3
mb2_header:
	.long	MB2_MAGIC
	.long	0			/* i386 */
	.long	mb2_end - mb2_header
	.long	-(MB2_MAGIC + (mb2_end - mb2_header))
	.short	0, 0			/* end of tags */
	.long	8
mb2_end:
	.p2align 2
mb1_header:
	.long	MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
	.long	PHYS(mb1_header)
	.long	PHYS(kernel_start)	/* load: from here */
	.long	PHYS(kernel_data_end)	/* up to here; zeroes to the next */
	.long	PHYS(kernel_end)
	.long	PHYS(native_entry)

	.section .text.start, "ax", @progbits
	.code32
	.globl	native_entry
native_entry:
	cli
	cld
	movl	%eax, %esi		/* magic; ebx stays */

	/* Last-level tables: frame i at entry i. */
	movl	$PHYS(boot_tables), %edi
	movl	$PTE_KERNEL, %eax
	movl	$(BOOT_TABLES * 512), %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b

	/* Middle table, used for the first and for the last gigabyte. */
	movl	$PHYS(boot_middle), %edi
	movl	$(PHYS(boot_tables) + PTE_KERNEL), %eax
	movl	$BOOT_TABLES, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b

	/* Above it one table, in its first and last slot; likewise in the root. */
	movl	$(PHYS(boot_middle) + PTE_KERNEL), %eax
	movl	%eax, PHYS(boot_upper)
	movl	%eax, PHYS(boot_upper) + 511 * 8
	movl	$(PHYS(boot_upper) + PTE_KERNEL), %eax
	movl	%eax, PHYS(native_boot_root_table)
	movl	%eax, PHYS(native_boot_root_table) + 511 * 8

	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PHYS(native_boot_root_table), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG_WP, %eax
	movl	%eax, %cr0
	/* Paging is on and this is still 32-bit code; a 64-bit segment changes that. */
	lgdt	PHYS(boot_gdt_pointer)
	ljmp	$NATIVE_KERNEL_CS, $PHYS(1f)

	.code64
1:	movq	$2f, %rax
	jmp	*%rax
2:
	/* At home: the low mapping is no longer needed. */
	movq	$0, native_boot_root_table
	movq	$0, boot_upper
	movq	%cr3, %rax
	movq	%rax, %cr3

	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp
	movl	%esi, %edi
	movl	%ebx, %esi
	call	native_start

	.section .rodata
	.p2align 3
boot_gdt:
	.quad	0, 0x00209a0000000000	/* ring 0, 64-bit code */
boot_gdt_pointer:
	.short	15
	.long	PHYS(boot_gdt)

	.section .bss
	.p2align 12
	.globl	native_boot_root_table
native_boot_root_table:
	.skip	4096
boot_upper:
	.skip	4096
boot_middle:
	.skip	4096
boot_tables:
	.skip	BOOT_TABLES * 4096

	.section .note.GNU-stack, "", @progbits
