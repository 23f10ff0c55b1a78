/* SPDX-License-Identifier: MIT */
/*
 * Reading a guest kernel image: ELF header, loadable segments, Xen notes.
 *
 * Pure: no globals, no allocation; every offset and size in the file is
 * hostile. ABI: Xen elfnote.h, and the ASCII section __xen_guest.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "lib/image.h"
#include "lib/types.h"

#define ELF_MAX_SEGMENTS 16
#define ELF_STR_MAX 32

struct elf_segment {
	u64 paddr;	 /* p_paddr */
	u64 memsz_bytes; /* >= filesz_bytes */
	u64 filesz_bytes;
	u64 off;	 /* in the image; the range is inside it */
};

enum elf_pae { ELF_PAE_UNSET, ELF_PAE_NO, ELF_PAE_YES, ELF_PAE_EXTENDED };

/* What the builder needs to know of an image. Addresses are guest virtual. */
struct elf_info {
	bool is_64bit;
	unsigned int nr_segments;
	struct elf_segment segments[ELF_MAX_SEGMENTS]; /* PT_LOAD, memsz > 0 */
	u64 virt_base;	  /* default 0 */
	u64 paddr_offset; /* default 0 with notes, virt_base with __xen_guest */
	u64 entry;	  /* note, or e_entry */
	u64 virt_start;	  /* lowest and one past the highest address loaded, */
	u64 virt_end;	  /* by p_paddr - paddr_offset + virt_base */
	bool has_hypercall_page;
	u64 hypercall_page;
	bool has_init_p2m;
	u64 init_p2m;
	u64 hv_start_low;      /* 0 if absent */
	bool mod_start_pfn;    /* MOD_START_PFN note, non-zero */
	enum elf_pae pae_mode;
	bool has_supported_features;
	u32 supported_features; /* SUPPORTED_FEATURES note, word 0 */
	u32 wanted_features;	/* FEATURES: known names, one bit per XENFEAT_* */
	u32 required_features;	/* FEATURES names with '!' */
	bool console_switch;	/* FEATURES has our own "console_switch" */
	char guest_os[ELF_STR_MAX];
	char loader[ELF_STR_MAX];
	char xen_version[ELF_STR_MAX];
};

/**
 * Parse an image's headers and notes.
 * @img: the file; @info: filled in whole on success.
 * Returns NULL, or a constant string that says why the image is refused
 * (truncated, not ELF, no Xen notes, segment outside the file, overlapping
 * wrap-around, unknown required feature, …). Checks what ABI 1.1 lists: image
 * accepted if LOADER is "generic" or GUEST_OS is "linux", XEN_VERSION
 * "xen-3.0". A note's size is clamped to what its segment still holds.
 * On success segments, entry and hypercall page lie in [virt_start, virt_end),
 * which doesn't wrap and is not below virt_base; virt_base and init_p2m are
 * page aligned. Segments may overlap or be empty in the file.
 */
const char *elf_parse(const struct image *img, struct elf_info *info) __must_check;

#endif
