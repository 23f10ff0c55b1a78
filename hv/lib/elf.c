// SPDX-License-Identifier: MIT
/*
 * Reading a guest kernel image: headers, segments, and the whole verdict.
 *
 * Called by the domain builder; calls elfnote.c for what the notes say. Every
 * number in the file is hostile: each is checked against the image's length,
 * or only ever used through image_read(), which does that.
 */
#include "lib/elf.h"

#include "lib/elfnote.h"
#include "lib/string.h"

#define EI_CLASS     4
#define EI_DATA	     5
#define EI_VERSION   6
#define ELFCLASS32   1
#define ELFCLASS64   2
#define ELFDATA2LSB  1
#define EV_CURRENT   1
#define EM_386	     3
#define EM_X86_64    62
#define PT_LOAD	     1
#define PT_NOTE	     4
#define SHT_PROGBITS 1
#define SHT_NOTE     7

/* More program headers than any kernel has, few enough to walk at once. */
#define PHDRS_MAX 64
/* Section names are compared with one, so a longer one needn't be read. */
#define SECTION_NAME_MAX 16

struct ehdr32 {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct ehdr64 {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr32 {
	u32 type, off, vaddr, paddr, filesz, memsz, flags, align;
};

struct phdr64 {
	u32 type, flags;
	u64 off, vaddr, paddr, filesz, memsz, align;
};

struct shdr32 {
	u32 name, type, flags, addr, off, size, link, info, align, entsize;
};

struct shdr64 {
	u32 name, type;
	u64 flags, addr, off, size;
	u32 link, info;
	u64 align, entsize;
};

_Static_assert(sizeof(struct ehdr32) == 52, "ELF32 header");
_Static_assert(sizeof(struct phdr32) == 32, "ELF32 program header");
_Static_assert(sizeof(struct shdr32) == 40, "ELF32 section header");
_Static_assert(sizeof(struct ehdr64) == 64, "ELF64 header");
_Static_assert(sizeof(struct phdr64) == 56, "ELF64 program header");
_Static_assert(sizeof(struct shdr64) == 64, "ELF64 section header");

/* The parts of the file header that count, of either class. */
struct elf_file {
	const struct image *img;
	bool is_64bit;
	u64 entry, phoff, shoff;
	unsigned int phentsize, phnum, shentsize, shnum, shstrndx;
};

/* A program header of either class. */
struct phdr {
	u32 type;
	u64 off, paddr, filesz, memsz;
};

/* A section header of either class. */
struct shdr {
	u32 name, type;
	u64 off, size;
};

#define ELF_FILE_TAKE(file, e)                                                                     \
	do {                                                                                       \
		(file)->entry = (e)->entry;                                                        \
		(file)->phoff = (e)->phoff;                                                        \
		(file)->shoff = (e)->shoff;                                                        \
		(file)->phentsize = (e)->phentsize;                                                \
		(file)->phnum = (e)->phnum;                                                        \
		(file)->shentsize = (e)->shentsize;                                                \
		(file)->shnum = (e)->shnum;                                                        \
		(file)->shstrndx = (e)->shstrndx;                                                  \
	} while (0)

static const char *read_ehdr(struct elf_file *file)
{
	union {
		struct ehdr32 h32;
		struct ehdr64 h64;
	} e;

	if (!image_read(file->img, 0, &e.h32, sizeof(e.h32)))
		return "too short for an ELF header";
	if (memcmp(e.h32.ident, "\177ELF", 4))
		return "not an ELF file";
	if (e.h32.ident[EI_DATA] != ELFDATA2LSB || e.h32.ident[EI_VERSION] != EV_CURRENT)
		return "not a little-endian ELF file of version 1";
	if (e.h32.ident[EI_CLASS] == ELFCLASS32 && e.h32.machine == EM_386) {
		ELF_FILE_TAKE(file, &e.h32);
	} else if (e.h32.ident[EI_CLASS] == ELFCLASS64 && e.h32.machine == EM_X86_64) {
		if (!image_read(file->img, 0, &e.h64, sizeof(e.h64)))
			return "too short for an ELF header";
		ELF_FILE_TAKE(file, &e.h64);
		file->is_64bit = true;
	} else {
		return "not an ELF file for i386 or x86_64";
	}
	if (!file->phnum)
		return "no program headers";
	if (file->phnum > PHDRS_MAX)
		return "too many program headers";
	if (file->phentsize < (file->is_64bit ? sizeof(struct phdr64) : sizeof(struct phdr32)))
		return "program headers too small";
	return NULL;
}

/* Read entry nr of a header table; false if any of it is outside the file. */
static bool read_entry(const struct elf_file *file, u64 table, u64 entry_off, void *dst,
		       size_t size)
{
	u64 off;

	return !__builtin_add_overflow(table, entry_off, &off) &&
	       image_read(file->img, off, dst, size);
}

static bool read_phdr(const struct elf_file *file, unsigned int nr, struct phdr *phdr)
{
	u64 at = (u64)nr * file->phentsize;
	struct phdr32 p32;
	struct phdr64 p64;

	if (file->is_64bit) {
		if (!read_entry(file, file->phoff, at, &p64, sizeof(p64)))
			return false;
		*phdr = (struct phdr){p64.type, p64.off, p64.paddr, p64.filesz, p64.memsz};
	} else {
		if (!read_entry(file, file->phoff, at, &p32, sizeof(p32)))
			return false;
		*phdr = (struct phdr){p32.type, p32.off, p32.paddr, p32.filesz, p32.memsz};
	}
	return true;
}

static bool read_shdr(const struct elf_file *file, unsigned int nr, struct shdr *shdr)
{
	u64 at = (u64)nr * file->shentsize;
	struct shdr32 h32;
	struct shdr64 h64;

	if (file->is_64bit) {
		if (file->shentsize < sizeof(h64) ||
		    !read_entry(file, file->shoff, at, &h64, sizeof(h64)))
			return false;
		*shdr = (struct shdr){h64.name, h64.type, h64.off, h64.size};
	} else {
		if (file->shentsize < sizeof(h32) ||
		    !read_entry(file, file->shoff, at, &h32, sizeof(h32)))
			return false;
		*shdr = (struct shdr){h32.name, h32.type, h32.off, h32.size};
	}
	return true;
}

static bool range_in_image(const struct image *img, u64 off, u64 len)
{
	return off <= img->len_bytes && len <= img->len_bytes - off;
}

/* One more loadable segment. Its addresses are checked later, with the notes. */
static const char *add_segment(const struct elf_file *file, const struct phdr *phdr,
			       struct elf_info *info)
{
	u64 end;

	if (!phdr->memsz)
		return phdr->filesz ? "segment larger in the file than in memory" : NULL;
	if (info->nr_segments == ELF_MAX_SEGMENTS)
		return "too many segments";
	if (phdr->filesz > phdr->memsz)
		return "segment larger in the file than in memory";
	if (phdr->filesz && !range_in_image(file->img, phdr->off, phdr->filesz))
		return "segment outside the file";
	if (__builtin_add_overflow(phdr->paddr, phdr->memsz, &end) ||
	    (!file->is_64bit && end > 1ULL << 32))
		return "segment wraps around the end of memory";
	info->segments[info->nr_segments++] = (struct elf_segment){
		.paddr = phdr->paddr,
		.memsz_bytes = phdr->memsz,
		.filesz_bytes = phdr->filesz,
		.off = phdr->filesz ? phdr->off : 0,
	};
	return NULL;
}

/* Program headers: the segments, and the notes that are in PT_NOTE. */
static const char *walk_phdrs(const struct elf_file *file, struct elf_info *info,
			      struct elf_notes *notes)
{
	const char *why = NULL;
	struct phdr phdr;

	for (unsigned int i = 0; i < file->phnum && !why; i++) {
		if (!read_phdr(file, i, &phdr))
			return "program headers outside the file";
		/*
		 * Some images have an empty note header. A note's size in
		 * memory says nothing: it needn't be loaded.
		 */
		if (phdr.type == PT_LOAD)
			why = add_segment(file, &phdr, info);
		else if (phdr.type == PT_NOTE && phdr.off && phdr.filesz)
			why = elf_notes_read(notes, phdr.off, phdr.filesz, info);
	}
	return why;
}

/* Is this the section of that name? False also if its name can't be read. */
static bool section_is(const struct elf_file *file, const struct shdr *strings,
		       const struct shdr *shdr, const char *name)
{
	char buf[SECTION_NAME_MAX];
	size_t len = strlen(name) + 1;

	if (shdr->name > strings->size || len > strings->size - shdr->name)
		return false;
	return read_entry(file, strings->off, shdr->name, buf, len) && !memcmp(buf, name, len);
}

/*
 * Images without PT_NOTE: notes in SHT_NOTE sections, else the older ASCII
 * section, which needn't be allocated and so has no program header either.
 */
static const char *walk_sections(const struct elf_file *file, struct elf_info *info,
				 struct elf_notes *notes)
{
	struct shdr shdr, strings, ascii = {0};
	const char *why = NULL;

	if (!file->shnum)
		return NULL;
	if (!read_shdr(file, file->shstrndx, &strings))
		strings = (struct shdr){0};
	for (unsigned int i = 0; i < file->shnum && !why; i++) {
		if (!read_shdr(file, i, &shdr))
			return "section headers outside the file";
		if (shdr.type == SHT_NOTE)
			why = elf_notes_read(notes, shdr.off, shdr.size, info);
		else if (shdr.type == SHT_PROGBITS &&
			 section_is(file, &strings, &shdr, "__xen_guest"))
			ascii = shdr;
	}
	if (!why && !notes->nr_xen && ascii.size)
		why = elf_notes_read_ascii(notes, ascii.off, ascii.size, info);
	return why;
}

/* Where the segments land, and that entry and the rest agree with it. */
static const char *check_addresses(struct elf_info *info)
{
	u64 top = info->is_64bit ? ~0ULL : 0xffffffffULL;
	u64 low = ~0ULL, high = 0;

	for (unsigned int i = 0; i < info->nr_segments; i++) {
		const struct elf_segment *seg = &info->segments[i];

		low = MIN(low, seg->paddr);
		high = MAX(high, seg->paddr + seg->memsz_bytes);
	}
	if (low < info->paddr_offset)
		return "segment below the image's PADDR_OFFSET";
	if ((info->virt_base | info->init_p2m) & (PAGE_SIZE - 1))
		return "VIRT_BASE or INIT_P2M is not the address of a page";
	low -= info->paddr_offset;
	high -= info->paddr_offset;
	/* `high` is one past the end, but the very last byte is nobody's anyway. */
	if (info->virt_base > top || high > top - info->virt_base)
		return "segments wrap around the end of the address space";
	info->virt_start = info->virt_base + low;
	info->virt_end = info->virt_base + high;
	if (info->entry < info->virt_start || info->entry >= info->virt_end)
		return "entry point outside the segments";
	if (info->has_hypercall_page &&
	    (info->hypercall_page < info->virt_start || info->hypercall_page >= info->virt_end ||
	     info->hypercall_page & (PAGE_SIZE - 1)))
		return "hypercall page outside the segments, or not a page";
	if (info->has_init_p2m && info->init_p2m >= info->virt_start &&
	    info->init_p2m < info->virt_end)
		return "INIT_P2M inside the segments";
	if (info->hv_start_low > top || info->init_p2m > top)
		return "note with an address of more than 32 bits";
	return NULL;
}

/* What makes an image one of ours at all. ABI 1.1. */
static const char *check_identity(const struct elf_info *info)
{
	if (strncmp(info->loader, "generic", 7) && strncmp(info->guest_os, "linux", 5))
		return "neither for the generic loader nor Linux";
	if (strncmp(info->xen_version, "xen-3.0", 7))
		return "not for the interface xen-3.0";
	return NULL;
}

const char *elf_parse(const struct image *img, struct elf_info *info)
{
	struct elf_file file = {.img = img};
	struct elf_notes notes = {.img = img};
	const char *why;

	*info = (struct elf_info){0};
	why = read_ehdr(&file);
	if (why)
		return why;
	info->is_64bit = file.is_64bit;
	why = walk_phdrs(&file, info, &notes);
	if (!why && !notes.nr_xen)
		why = walk_sections(&file, info, &notes);
	if (why)
		return why;
	if (!notes.nr_xen && !notes.ascii)
		return "neither Xen notes nor a __xen_guest section";
	if (!info->nr_segments)
		return "nothing to load";
	elf_notes_defaults(&notes, file.entry, info);
	why = check_identity(info);
	return why ? why : check_addresses(info);
}
