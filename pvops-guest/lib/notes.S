/* SPDX-License-Identifier: MIT */
/*
 * ELF notes by which the domain builder recognises a PV guest.
 * Assembled once per program, because PV_FEATURES differs.
 * Numbers: <xen/elfnote.h>.
 */

#include <xen/elfnote.h>
#include "width.h"

#ifndef PV_FEATURES
#define PV_FEATURES ""
#endif
#ifndef PV_GUEST_OS
#define PV_GUEST_OS "ringlet-guest"
#endif

.macro note type, text
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	.asciz	"\text"
2:	.balign	4
.endm

.macro note_value type, value
	.balign	4
	.long	4, PV_LONG_BYTES, \type
	.asciz	"Xen"
	PV_LONG_DIRECTIVE \value
.endm

	.section .note.Xen, "a", @note
	note	XEN_ELFNOTE_GUEST_OS, PV_GUEST_OS
	note	XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note	XEN_ELFNOTE_LOADER, "generic"
	note_value XEN_ELFNOTE_VIRT_BASE, virt_base
	note_value XEN_ELFNOTE_PADDR_OFFSET, 0
	note_value XEN_ELFNOTE_ENTRY, _start
	note_value XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
	note	XEN_ELFNOTE_PAE_MODE, "yes"
	note	XEN_ELFNOTE_FEATURES, PV_FEATURES

	.section .note.GNU-stack, "", @progbits
