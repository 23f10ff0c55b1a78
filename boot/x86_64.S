/* SPDX-License-Identifier: MIT */
/*
 * The 64-bit monitor's first instructions, behind those of head.S: is there
 * long mode, 4-level page tables, flat segments, start().
 */
#define NEEDS "this Ringlet needs a 64-bit CPU.\r\n"
#include "head.S"

#define CPUID_LONG_MODE (1 << 29) /* leaf 0x80000001, EDX */
#define MSR_EFER 0xC0000080
#define EFER_LME (1 << 8)
#define MAPPED_2M (4 << 9) /* 2 MiB pages in 4 GiB */
#define ROOT_SLOT(va) (((va) >> 39) & 511)

	.section .boot

/*
 * boot_paging: 2 MiB pages for the first 4 GiB of machine memory, seen twice:
 * one to one, and as the direct map. The tables are in .bss, so zero.
 * In: ebp = magic, ebx = information.
 */
boot_paging:
	mov	%ebx, %edi /* CPUID takes ebx */
	mov	$0x80000000, %eax
	cpuid
	mov	$msg_long_mode, %esi
	cmp	$0x80000001, %eax
	jb	boot_refuse
	mov	$0x80000001, %eax
	cpuid
	test	$CPUID_LONG_MODE, %edx
	jz	boot_refuse
	mov	%edi, %ebx

	mov	$PHYS(boot_l2), %edi
	mov	$0x83, %eax /* P, RW, PS */
	mov	$MAPPED_2M, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b

	mov	$PHYS(boot_l3), %edi
	mov	$PHYS(boot_l2 + 3), %eax /* P, RW */
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	1b

	mov	$PHYS(boot_l3 + 3), %eax
	mov	%eax, PHYS(boot_l4)
	mov	%eax, PHYS(boot_l4 + 8 * ROOT_SLOT(DIRECTMAP_START))

	/* SDM vol. 3A, 9.8.5: PAE, root, long mode, and paging makes it active. */
	mov	%cr4, %eax
	or	$(1 << 5), %eax /* PAE */
	mov	%eax, %cr4
	mov	$PHYS(boot_l4), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$((1 << 31) | (1 << 16)), %eax /* PG, WP */
	and	$~((1 << 30) | (1 << 29)), %eax /* CD, NW: some firmware leaves them set */
	mov	%eax, %cr0

	lgdt	boot_gdt_ptr
	ljmp	$0x08, $1f

	.code64
1:	movabs	$boot_high, %rax
	jmp	*%rax

/* In the direct map, which stays. */
	.text
boot_high:
	movabs	$boot_gdt_ptr + DIRECTMAP_START, %rax
	lgdt	(%rax) /* outlives the one-to-one map */
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	lldt	%ax
	lea	boot_stack_top(%rip), %rsp
	mov	%ebp, %edi /* start(magic, information) */
	mov	%ebx, %esi
	xor	%ebp, %ebp /* ends the frame-pointer chain */
	call	start
2:	cli
	hlt
	jmp	2b

	.section .boot
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00AF9B000000FFFF /* 0x08: 64-bit code, ring 0 */
	.quad 0x00CF93000000FFFF /* 0x10: data */
boot_gdt_ptr:
	.word . - boot_gdt - 1
	.quad boot_gdt + DIRECTMAP_START /* its low half: the machine address */

msg_long_mode:
	.ascii "(ringlet) this CPU has no long mode: "
	.asciz NEEDS

	.section .bss.page_aligned
	.balign 4096
boot_l2:
	.skip 4 * 4096
boot_l3:
	.skip 4096
boot_l4:
	.skip 4096
