/* SPDX-License-Identifier: MIT */
/*
 * Layout of the kernel: linked at KERNEL_BASE + 1 MB, loaded at 1 MB. A multiboot
 * loader uses the physical addresses and translates the entry point; a PV
 * domain builder places each segment at VIRT_BASE (KERNEL_BASE) + physical address.
 */
#include "kern_width.h"

ENTRY(native_entry)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = KERNEL_BASE + 0x100000;
	kernel_start = .;
	.text : AT(ADDR(.text) - KERNEL_BASE) {
		KEEP(*(.multiboot))
		*(.text.start)
		*(.text .text.*)
	} :text
	.rodata : AT(ADDR(.rodata) - KERNEL_BASE) {
		*(.rodata .rodata.*)
	} :text
	.note.Xen : AT(ADDR(.note.Xen) - KERNEL_BASE) {
		KEEP(*(.note.Xen))
	} :text :note
	. = ALIGN(4096);
	.data : AT(ADDR(.data) - KERNEL_BASE) {
		*(.data .data.*)
	} :data
	kernel_data_end = .;
	.bss : AT(ADDR(.bss) - KERNEL_BASE) {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	} :data
	kernel_end = .;
	/DISCARD/ : {
		*(.comment .eh_frame .note.gnu.* .note.GNU-stack)
	}
}
