/* SPDX-License-Identifier: MIT */
/*
 * The bare start: a multiboot loader jumps to native_entry, in ring 0, with
 * paging off. Turn on PAE paging, move to the upper gigabyte, call C.
 *
 * In:   eax = loader's magic number, ebx = physical address of its information
 * Out:  native_start(magic, info), which does not return
 * Stack: none at first; boot_stack from then on
 */

#include "kern_width.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define BOOT_TABLES 8			/* 2 MB each: the first 16 MB */
#define PTE_KERNEL 0x63			/* P, RW, A, D */
#define PTE_P 0x01

#define CR4_PAE 0x20
#define CR0_PG_WP 0x80010000

#define MB1_MAGIC 0x1BADB002
#define MB1_FLAGS 0x00000003		/* modules on pages, memory size please */
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
	.long	MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

	.section .text.start, "ax", @progbits
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

	movl	$(PHYS(boot_middle) + PTE_P), %eax
	movl	%eax, PHYS(native_boot_root_table)
	movl	%eax, PHYS(native_boot_root_table) + 3 * 8

	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PHYS(native_boot_root_table), %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	orl	$CR0_PG_WP, %eax
	movl	%eax, %cr0
	movl	$1f, %eax
	jmp	*%eax
1:
	/* At home: the low mapping is no longer needed. Root entries load at mov to cr3 only. */
	movl	$0, native_boot_root_table
	movl	%cr3, %eax
	movl	%eax, %cr3

	movl	$boot_stack_top, %esp
	xorl	%ebp, %ebp
	pushl	%ebx
	pushl	%esi
	call	native_start

	.section .bss
	.p2align 12
	.globl	native_boot_root_table
native_boot_root_table:
	.skip	4096
boot_middle:
	.skip	4096
boot_tables:
	.skip	BOOT_TABLES * 4096

	.section .note.GNU-stack, "", @progbits
