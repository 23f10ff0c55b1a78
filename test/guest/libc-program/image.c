// SPDX-License-Identifier: MIT
/*
 * The program's image, as the build linked it, and the start of its stack as
 * Linux makes it: argc, argv, envp, auxiliary vector.
 */

#include "linux.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/string.h"

#define PT_LOAD	    1
#define STACK_BYTES 0x10000ul

enum {
	AT_NULL,
	AT_PHDR = 3,
	AT_PHENT,
	AT_PHNUM,
	AT_PAGESZ,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID,
	AT_GID,
	AT_EGID,
	AT_HWCAP = 16,
	AT_SECURE = 23,
	AT_RANDOM = 25
};

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

extern const uint8_t image[];
asm(".section .rodata; .balign 16\n"
    "image: .incbin \"build/x86_32/obj/test/guest/libc-program/program.elf\"\n"
    ".text\n");

static uint32_t load_segments(const struct elf_header *header, unsigned long *data_end)
{
	const struct elf_segment *segment = (const void *)(image + header->phoff);
	uint32_t first = ~0u;

	for (unsigned int i = 0; i < header->phnum; i++, segment++) {
		if (segment->type != PT_LOAD)
			continue;
		if (!space_map(segment->vaddr, segment->memsz))
			return 0;
		memcpy((void *)(unsigned long)segment->vaddr, image + segment->offset,
		       segment->filesz);
		if (first == ~0u)
			first = segment->vaddr - segment->offset;
		*data_end = segment->vaddr + segment->memsz;
	}
	return first;
}

unsigned long program_load(unsigned long *stack, unsigned long *data_end)
{
	static const char name[] = "program";
	const struct elf_header *header = (const void *)image;
	uint32_t first = load_segments(header, data_end);
	uint32_t *name_at = (uint32_t *)(STACK_TOP - 16), *random = (uint32_t *)(STACK_TOP - 32);
	const uint32_t start[] = {
		1,	   (uint32_t)name_at,
		0, /* argv */
		0, /* envp */
		AT_PHDR,   first + header->phoff,
		AT_PHENT,  header->phentsize,
		AT_PHNUM,  header->phnum,
		AT_PAGESZ, PAGE_SIZE,
		AT_ENTRY,  header->entry,
		AT_UID,	   0,
		AT_EUID,   0,
		AT_GID,	   0,
		AT_EGID,   0,
		AT_HWCAP,  0,
		AT_SECURE, 0,
		AT_RANDOM, (uint32_t)random,
		AT_NULL,   0,
	};

	if (!first || !space_map(STACK_TOP - STACK_BYTES, STACK_BYTES))
		return 0;
	memcpy(name_at, name, sizeof(name));
	for (unsigned int i = 0; i < 4; i++)
		random[i] = 0x9e3779b9 * (i + 1);
	*stack = (STACK_TOP - 32 - sizeof(start)) & ~15ul;
	memcpy((void *)*stack, start, sizeof(start));
	return header->entry;
}
