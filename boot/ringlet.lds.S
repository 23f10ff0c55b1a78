/* SPDX-License-Identifier: MIT */
/*
 * Where the monitor lies: .boot at 1 MiB, linked where it is loaded; the rest
 * behind it in machine memory, linked into the direct map. Preprocessed.
 *
 * .symbols comes last, so that its size moves nothing else: the table is made
 * from a first link and put into a second (boot/build.mk).
 */
#include "layout.h" /* the width folder's */

ENTRY(boot_entry)

PHDRS
{
	boot PT_LOAD FLAGS(7);
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	symbols PT_LOAD FLAGS(4);
}

SECTIONS
{
	. = 0x100000;
	_start_image = . + DIRECTMAP_START;
	.boot : { KEEP(*(.boot)) } :boot

	. = ALIGN(4096) + DIRECTMAP_START;
	.text : AT(ADDR(.text) - DIRECTMAP_START) {
		_text_start = .;
		*(.text .text.*)
		_text_end = .;
	} :text

	. = ALIGN(4096);
	.rodata : AT(ADDR(.rodata) - DIRECTMAP_START) {
		_rodata_start = .;
		*(.rodata .rodata.*)
		*(.data.rel.ro .data.rel.ro.*)
		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(.ex_table .ex_table.*))
		__ex_table_end = .;
		_rodata_end = .;
	} :rodata

	. = ALIGN(4096);
	.data : AT(ADDR(.data) - DIRECTMAP_START) {
		_data_start = .;
		*(.data .data.*)
		_data_end = .;
	} :data

	. = ALIGN(4096);
	.bss (NOLOAD) : AT(ADDR(.bss) - DIRECTMAP_START) {
		_bss_start = .;
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		_bss_end = .;
	} :data

	.symbols : AT(ADDR(.symbols) - DIRECTMAP_START) {
		KEEP(*(.symbols))
	} :symbols
	. = ALIGN(4096);
	_end_image = .;

	/* Linked at one place, in one piece: nothing is found through a table. */
	.got : { *(.got .got.* .plt .plt.* .igot .igot.* .iplt .rel.* .rela.*) }

	/DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }
}

ASSERT(SIZEOF(.got) == 0, "a reference through a global offset table")

ASSERT(_end_image < DIRECTMAP_START + 0x800000, "the monitor should stay below 8 MiB")
