/* SPDX-License-Identifier: MIT */
/*
 * As much of the ELF format as loading a program needs (System V ABI, ch. 4 and 5).
 * Used by program.c.
 */
#ifndef KERN_ELF_H
#define KERN_ELF_H

#include <stdint.h>

#define ELF_MAGIC 0x464c457fu	/* "\x7fELF" */
#define ELF_MACHINE 3 /* 386 */
#define ELF_SEGMENT_LOAD 1
#define ELF_WRITABLE 2

struct elf_header {
	uint32_t magic;
	uint8_t ident[12];
	uint16_t type, machine;
	uint32_t version;
	uint32_t entry;
	uint32_t segments_offset, sections_offset;
	uint32_t flags;
	uint16_t header_size;
	uint16_t segment_size, nr_segments;
	uint16_t section_size, nr_sections, names_index;
};

struct elf_segment {
	uint32_t type;
	uint32_t file_offset;
	uint32_t va, pa;
	uint32_t file_len, mem_len;
	uint32_t flags;
	uint32_t align;
};

_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");
_Static_assert(sizeof(struct elf_segment) == 32, "ELF32 program header");

#endif
