/* SPDX-License-Identifier: MIT */
/*
 * Small ELF images built in a buffer, for the tests of the image parser. Each
 * test program that includes this has its own buffer.
 */
#ifndef TEST_UNIT_ELF_IMAGE_H
#define TEST_UNIT_ELF_IMAGE_H

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/elfnote.h>
#include <xen/features.h>

#include "harness.h"
#include "lib/elf.h"
#include "lib/string.h"

#define IMAGE_MAX 8192
#define NOTES_OFF 512
#define TEXT_OFF  4096
#define BASE	  0xc0000000u

static u8 file_bytes[IMAGE_MAX];
static size_t notes_len;
static struct elf_info info;

static inline void copy_bytes(const struct image *img, u64 off, void *dst, size_t n)
{
	if (off > img->len_bytes || n > img->len_bytes - off)
		ck_abort_msg("read outside the image");
	memcpy(dst, (const u8 *)(uintptr_t)img->base + off, n);
}

static inline const char *parse(const void *bytes, size_t len)
{
	struct image img = {.len_bytes = len, .copy = copy_bytes, .base = (uintptr_t)bytes};

	memset(&info, 0x5a, sizeof(info));
	return elf_parse(&img, &info);
}

static inline const char *parse_built(void)
{
	return parse(file_bytes, sizeof(file_bytes));
}

static inline Elf32_Ehdr *ehdr(void)
{
	return (Elf32_Ehdr *)file_bytes;
}

static inline Elf32_Phdr *phdr(unsigned int nr)
{
	return (Elf32_Phdr *)(file_bytes + sizeof(Elf32_Ehdr)) + nr;
}

/* Append a note and grow the PT_NOTE header by it. */
static inline void add_note(u32 type, const void *desc, u32 len)
{
	u8 *at = file_bytes + NOTES_OFF + notes_len;
	u32 head[3] = {4, len, type};

	memcpy(at, head, sizeof(head));
	memcpy(at + 12, "Xen", 4);
	memcpy(at + 16, desc, len);
	notes_len += 16 + ROUND_UP(len, 4u);
	phdr(1)->p_filesz = notes_len;
}

static inline void add_text(u32 type, const char *text)
{
	add_note(type, text, strlen(text) + 1);
}

static inline void add_number(u32 type, u32 val)
{
	add_note(type, &val, sizeof(val));
}

/* Header and one segment of two pages and an empty PT_NOTE; no notes yet. */
static inline void build_bare(void)
{
	Elf32_Ehdr e = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = 1,
		.e_entry = 0x100010,
		.e_phoff = sizeof(e),
		.e_ehsize = sizeof(e),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
	};

	memset(file_bytes, 0, sizeof(file_bytes));
	notes_len = 0;
	memcpy(file_bytes, &e, sizeof(e));
	*phdr(0) = (Elf32_Phdr){.p_type = PT_LOAD,
				.p_offset = TEXT_OFF,
				.p_vaddr = 0x77777777,
				.p_paddr = 0x100000,
				.p_filesz = 0x800,
				.p_memsz = 0x2000};
	*phdr(1) = (Elf32_Phdr){.p_type = PT_NOTE, .p_offset = NOTES_OFF};
}

/* The least that is accepted. */
static inline void build(void)
{
	build_bare();
	add_text(XEN_ELFNOTE_GUEST_OS, "claim");
	add_text(XEN_ELFNOTE_LOADER, "generic");
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
}

#define ACCEPTED(why)                                                                              \
	do {                                                                                       \
		const char *why_ = (why);                                                          \
		ck_assert_msg(!why_, "refused: %s", why_);                                         \
	} while (0)
#define REFUSED(why, want)                                                                         \
	do {                                                                                       \
		const char *why_ = (why);                                                          \
		ck_assert_msg(why_ &&strstr(why_, want), "want '%s', got %s", want,                \
			      why_ ? why_ : "acceptance");                                         \
	} while (0)

/* Names and strings tables for a section header table at the image's end. */
static inline Elf32_Shdr *add_sections(const char *name, u32 type, u32 off, u32 size)
{
	static const u32 table = 3072, strings = 3500;
	Elf32_Shdr *s = (Elf32_Shdr *)(file_bytes + table);

	ehdr()->e_shoff = table;
	ehdr()->e_shentsize = sizeof(*s);
	ehdr()->e_shnum = 3;
	ehdr()->e_shstrndx = 1;
	strcpy((char *)file_bytes + strings + 1, name);
	s[1] = (Elf32_Shdr){
		.sh_type = SHT_STRTAB, .sh_offset = strings, .sh_size = strlen(name) + 2};
	s[2] = (Elf32_Shdr){.sh_name = 1, .sh_type = type, .sh_offset = off, .sh_size = size};
	return s;
}

static inline const char *parse_ascii(const char *text)
{
	build_bare();
	strcpy((char *)file_bytes + 1024, text);
	add_sections("__xen_guest", SHT_PROGBITS, 1024, strlen(text) + 1);
	return parse_built();
}

#endif
