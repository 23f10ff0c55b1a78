/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit monitor's first instructions, behind those of head.S: PAE page
 * tables, flat segments, start().
 */
#define NEEDS "Ringlet needs a Pentium Pro or later.\r\n"
#include "head.S"

	.section .boot

/*
 * boot_paging: PAE with 2 MiB pages: machine memory one to one up to the
 * monitor's part, and the direct map. The tables are in .bss, so zero.
 * In: ebp = magic, ebx = information.
 *
 * [tour: boot 3] Two views of machine memory: one to one, because this code
 * runs there, and the direct map near the top, where the monitor is linked.
 * boot/x86_64.S does the same with a level more.
 */
boot_paging:
	mov	$PHYS(boot_l2), %edi
	mov	$0x83, %eax /* P, RW, PS */
	mov	$(MONITOR_START >> 21), %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b

	mov	$PHYS(boot_l2 + (DIRECTMAP_START >> 21) * 8), %edi
	mov	$0x83, %eax
	mov	$(DIRECTMAP_SIZE >> 21), %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b

	mov	$PHYS(boot_l3), %edi
	mov	$PHYS(boot_l2 + 1), %eax /* P is the only flag a PDPTE takes */
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	1b

	mov	%cr4, %eax
	or	$(1 << 5), %eax /* PAE */
	mov	%eax, %cr4
	mov	$PHYS(boot_l3), %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$((1 << 31) | (1 << 16)), %eax /* PG, WP */
	and	$~((1 << 30) | (1 << 29)), %eax /* CD, NW: some firmware leaves them set */
	mov	%eax, %cr0

	lgdt	boot_gdt_ptr
	ljmp	$0x08, $1f
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$boot_stack_top, %esp
	mov	%ebp, %eax
	mov	%ebx, %edx
	xor	%ebp, %ebp /* ends the frame-pointer chain */
	push	%ebp
	mov	$start, %ecx
	call	*%ecx /* regparm(3): eax = magic, edx = information */
	jmp	halt

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00CF9B000000FFFF /* 0x08: code, flat, ring 0 */
	.quad 0x00CF93000000FFFF /* 0x10: data */
boot_gdt_ptr:
	.word . - boot_gdt - 1
	.long boot_gdt + DIRECTMAP_START /* outlives the one-to-one map */

	.section .bss.page_aligned
	.balign 4096
boot_l2:
	.skip 4 * 4096
boot_l3:
	.skip 32
