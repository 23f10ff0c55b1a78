/* SPDX-License-Identifier: MIT */
/*
 * The ELF notes that tell a domain builder how to start this kernel as a guest.
 * Without them the same file is only a multiboot kernel. <xen/elfnote.h>.
 */
#include <xen/elfnote.h>
#include "kern_width.h"

	.macro note_text type, text
	.p2align 2
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	.asciz	"\text"
2:	.p2align 2
	.endm

	.macro note_number type, value
	.p2align 2
	.long	4, PV_LONG_BYTES, \type
	.asciz	"Xen"
	PV_LONG_DIRECTIVE	\value
	.endm

	.section .note.Xen, "a", @note
	note_text	XEN_ELFNOTE_GUEST_OS, "pvops-guest"
	note_text	XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note_text	XEN_ELFNOTE_LOADER, "generic"
	note_text	XEN_ELFNOTE_PAE_MODE, "yes"
	note_number	XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE
	note_number	XEN_ELFNOTE_PADDR_OFFSET, 0
	note_number	XEN_ELFNOTE_ENTRY, xen_entry
	note_number	XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
	note_number	XEN_ELFNOTE_HV_START_LOW, KERNEL_LIMIT

	.section .note.GNU-stack, "", @progbits
