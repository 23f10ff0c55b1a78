/* SPDX-License-Identifier: MIT */
/*
 * The ELF notes that tell a domain builder how to start this kernel as a guest.
 * Without them the same file is only a multiboot kernel. <xen/elfnote.h>.
 */
#include <xen/elfnote.h>

	.macro note_text type, text
	.p2align 2
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	.asciz	"\text"
2:	.p2align 2
	.endm

	.macro note_number type, value
	.p2align 2
	.long	4, 4, \type
	.asciz	"Xen"
	.long	\value
	.endm

	.section .note.Xen, "a", @note
	note_text	XEN_ELFNOTE_GUEST_OS, "pvops-guest"
	note_text	XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note_text	XEN_ELFNOTE_LOADER, "generic"
	note_text	XEN_ELFNOTE_PAE_MODE, "yes"
	note_number	XEN_ELFNOTE_VIRT_BASE, 0xC0000000
	note_number	XEN_ELFNOTE_PADDR_OFFSET, 0
	note_number	XEN_ELFNOTE_ENTRY, xen_entry
	note_number	XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
	note_number	XEN_ELFNOTE_HV_START_LOW, 0xF5800000

	.section .note.GNU-stack, "", @progbits
