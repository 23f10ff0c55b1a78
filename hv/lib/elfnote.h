/* SPDX-License-Identifier: MIT */
/*
 * What an image's Xen notes say, and the ASCII form that preceded them.
 *
 * Between elf.c and elfnote.c only; everybody else includes elf.h.
 */
#ifndef LIB_ELFNOTE_H
#define LIB_ELFNOTE_H

#include "lib/elf.h"

/* What is known while the notes are being read. Starts zeroed, but for img. */
struct elf_notes {
	const struct image *img;
	unsigned int nr_seen; /* notes of any owner, against endless files */
	unsigned int nr_xen; /* of these, Xen's */
	bool ascii; /* a __xen_guest section was read */
	bool has_entry; /* the notes gave info->entry, */
	bool has_paddr_offset; /* info->paddr_offset */
	u64 hypercall_page_nr; /* ASCII form: page number above virt_base */
};

/**
 * Read a run of binary notes, [off, off + len) of the file, into info.
 * Returns NULL or why the image is refused. Later notes overrule earlier ones.
 */
const char *elf_notes_read(struct elf_notes *notes, u64 off, u64 len, struct elf_info *info);

/* The same for a __xen_guest section: NAME=value,NAME=value… up to a NUL. */
const char *elf_notes_read_ascii(struct elf_notes *notes, u64 off, u64 len, struct elf_info *info);

/* After all notes: fill in what follows from others. @e_entry: the header's. */
void elf_notes_defaults(const struct elf_notes *notes, u64 e_entry, struct elf_info *info);

#endif
