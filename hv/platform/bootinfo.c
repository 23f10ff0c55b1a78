/* SPDX-License-Identifier: MIT */
/*
 * Reading what the boot loader says, by Multiboot 0.6.96 (3.3) or Multiboot2
 * 2.0 (3.6). Called once by start.c, on the early one-to-one map; the image
 * functions are used later by the builder.
 *
 * Nothing here is believed without a bound: a loader's mistake should cost a
 * module or a sentence, not a silent hang.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define MB1_MAGIC 0x2badb002
#define MB2_MAGIC 0x36d76289

#define MB1_MEMORY  (1u << 0)
#define MB1_CMDLINE (1u << 2)
#define MB1_MODULES (1u << 3)
#define MB1_MMAP    (1u << 6)
#define MB1_LOADER  (1u << 9)

#define MB2_TAG_END	0
#define MB2_TAG_CMDLINE 1
#define MB2_TAG_LOADER	2
#define MB2_TAG_MODULE	3
#define MB2_TAG_MEMORY	4
#define MB2_TAG_MMAP	6
#define MB2_MAX_BYTES	0x100000u

#define E820_RAM	     1
#define KB		     1024ULL
#define MB1_MAX_MMAP_ENTRIES 1024

struct mb1_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline;
	u32 mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
	u32 drives_length, drives_addr, config_table, loader;
};
_Static_assert(offsetof(struct mb1_info, loader) == 64, "Multiboot 3.3");

struct mb1_module {
	u32 start, end, string, reserved;
};

struct mb1_mmap {
	u32 size; /* of what follows */
	u64 base, len;
	u32 type;
} __packed;

struct mb2_tag {
	u32 type, size;
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char string[];
};

struct mb2_memory {
	struct mb2_tag tag;
	u32 lower, upper;
};

struct mb2_mmap_entry {
	u64 base, len;
	u32 type, zero;
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
};

struct boot_info boot_info;

/* A pointer to len bytes that the early map covers, or NULL. */
static const void *early_ptr(u32 maddr, u32 len)
{
	if (maddr == 0 || maddr >= early_map_bytes || len > early_map_bytes - maddr)
		return NULL;
	return (const void *)(unsigned long)maddr;
}

/* Copy a string of at most room bytes; false if it was cut or isn't there. */
static bool text_copy(char *dst, size_t size, const char *src, size_t room)
{
	size_t n = src ? strnlen(src, room) : 0;
	bool whole = n < size;

	n = MIN(n, size - 1);
	memmove(dst, src ? src : "", n);
	dst[n] = '\0';
	return whole;
}

static bool text_copy_early(char *dst, size_t size, u32 maddr)
{
	const char *src = early_ptr(maddr, 1);

	return text_copy(dst, size, src, src ? (size_t)(early_map_bytes - maddr) : 0);
}

static void add_region(u64 start, u64 len, u32 type)
{
	u64 end = start + len;

	if (len == 0)
		return;
	if (end < start)
		end = ~0ULL;
	if (boot_info.nr_regions == BOOT_MAX_REGIONS) {
		printk("memory region %llx-%llx: one too many, not used",
		       (unsigned long long)start, (unsigned long long)end);
		return;
	}
	boot_info.regions[boot_info.nr_regions++] = (struct boot_region){start, end, type};
}

static bool have_ram(void)
{
	for (unsigned int i = 0; i < boot_info.nr_regions; i++)
		if (boot_info.regions[i].type == E820_RAM)
			return true;
	return false;
}

/* A loader without a memory map: two sizes in KiB, from 0 and from 1 MiB. */
static void add_memory_sizes(u32 lower_kb, u32 upper_kb)
{
	if (have_ram())
		return;
	add_region(0, MIN(lower_kb, 640u) * KB, E820_RAM);
	add_region(1024 * KB, upper_kb * KB, E820_RAM);
}

static struct boot_module *add_module(u32 start, u32 end)
{
	struct boot_module *mod;

	if (boot_info.nr_modules == BOOT_MAX_MODULES) {
		boot_info.nr_modules_dropped++;
		return NULL;
	}
	mod = &boot_info.modules[boot_info.nr_modules++];
	mod->start = start;
	mod->len_bytes = end > start ? end - start : 0;
	return mod;
}

static void cut_note(bool whole, const char *what)
{
	if (!whole)
		printk("%s: longer than %d bytes, cut", what, BOOT_CMDLINE_MAX - 1);
}

/* ---- Multiboot ---- */

static void mb1_modules(const struct mb1_info *info)
{
	for (u32 i = 0; i < info->mods_count; i++) {
		u64 at = info->mods_addr + (u64)i * sizeof(struct mb1_module);
		const struct mb1_module *m = at >> 32 ? NULL : early_ptr((u32)at, sizeof(*m));
		struct boot_module *mod;

		if (!m)
			return;
		mod = add_module(m->start, m->end);
		if (mod)
			cut_note(text_copy_early(mod->args, sizeof(mod->args), m->string),
				 "module arguments");
		else if (boot_info.nr_modules_dropped > 1000)
			return; /* that is no list of modules */
	}
}

static void mb1_mmap(const struct mb1_info *info)
{
	const char *p = early_ptr(info->mmap_addr, info->mmap_length);
	u32 left = info->mmap_length;

	for (int i = 0; p && i < MB1_MAX_MMAP_ENTRIES && left >= sizeof(struct mb1_mmap); i++) {
		struct mb1_mmap e;

		memcpy(&e, p, sizeof(e));
		if (e.size < sizeof(e) - sizeof(e.size) || e.size > left - sizeof(e.size))
			return;
		add_region(e.base, e.len, e.type);
		p += e.size + sizeof(e.size);
		left -= e.size + (u32)sizeof(e.size);
	}
}

static const char *mb1_parse(u32 mbi)
{
	const struct mb1_info *info = early_ptr(mbi, sizeof(*info));

	if (!info)
		return "the multiboot information can't be reached";
	if (info->flags & MB1_LOADER)
		text_copy_early(boot_info.loader, sizeof(boot_info.loader), info->loader);
	if (info->flags & MB1_CMDLINE)
		cut_note(text_copy_early(boot_info.cmdline, sizeof(boot_info.cmdline),
					 info->cmdline),
			 "command line");
	if (info->flags & MB1_MODULES)
		mb1_modules(info);
	if (info->flags & MB1_MMAP)
		mb1_mmap(info);
	if (info->flags & MB1_MEMORY)
		add_memory_sizes(info->mem_lower, info->mem_upper);
	return NULL;
}

/* ---- Multiboot2 ---- */

static void mb2_mmap(const struct mb2_tag *tag)
{
	const struct mb2_mmap *map = (const void *)tag;
	struct mb2_mmap_entry e;
	u32 off = sizeof(*map);

	if (tag->size < sizeof(*map) || map->entry_size < sizeof(e))
		return;
	while (off < tag->size && tag->size - off >= map->entry_size) {
		memcpy(&e, (const char *)tag + off, sizeof(e));
		add_region(e.base, e.len, e.type);
		off += map->entry_size;
	}
}

static void mb2_module(const struct mb2_tag *tag)
{
	const struct mb2_module *m = (const void *)tag;
	struct boot_module *mod;

	if (tag->size < sizeof(*m))
		return;
	mod = add_module(m->start, m->end);
	if (mod)
		cut_note(text_copy(mod->args, sizeof(mod->args), m->string, tag->size - sizeof(*m)),
			 "module arguments");
}

static void mb2_tag(const struct mb2_tag *tag)
{
	const char *text = (const char *)(tag + 1);
	size_t room = tag->size - sizeof(*tag);

	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		cut_note(text_copy(boot_info.cmdline, sizeof(boot_info.cmdline), text, room),
			 "command line");
		break;
	case MB2_TAG_LOADER:
		text_copy(boot_info.loader, sizeof(boot_info.loader), text, room);
		break;
	case MB2_TAG_MODULE:
		mb2_module(tag);
		break;
	case MB2_TAG_MMAP:
		mb2_mmap(tag);
		break;
	}
}

static const char *mb2_parse(u32 mbi)
{
	const u32 *head = early_ptr(mbi, 8);
	u32 total = head ? head[0] : 0;
	u32 memory_at = 0;

	if (total < 8 || total > MB2_MAX_BYTES || !early_ptr(mbi, total))
		return "the multiboot2 information can't be reached";
	for (u32 off = 8; total - off >= sizeof(struct mb2_tag);) {
		const struct mb2_tag *tag = (const void *)((const char *)head + off);

		if (tag->type == MB2_TAG_END || tag->size < sizeof(*tag) || tag->size > total - off)
			break;
		if (tag->type == MB2_TAG_MEMORY && tag->size >= sizeof(struct mb2_memory))
			memory_at = off;
		mb2_tag(tag);
		off += ROUND_UP(tag->size, 8u);
		if (off > total)
			break;
	}
	if (memory_at) { /* only after the map, which is better */
		const struct mb2_memory *m = (const void *)((const char *)head + memory_at);

		add_memory_sizes(m->lower, m->upper);
	}
	return NULL;
}

/* ---- both ---- */

/* GRUB 2 leaves the file name out; "GNU GRUB 0.97" and others don't. */
static bool loader_omits_file_name(void)
{
	const char *grub = strstr(boot_info.loader, "GRUB ");

	return grub && grub[5] != '0';
}

static void drop_first_word(char *s)
{
	const char *p = s;

	while (*p == ' ')
		p++;
	while (*p && *p != ' ')
		p++;
	while (*p == ' ')
		p++;
	memmove(s, p, strlen(p) + 1);
}

const char *bootinfo_parse(u32 magic, u32 mbi)
{
	const char *why;

	memset(&boot_info, 0, sizeof(boot_info));
	str_copy(boot_info.loader, "unknown", sizeof(boot_info.loader));
	why = magic == MB2_MAGIC   ? mb2_parse(mbi)
	      : magic == MB1_MAGIC ? mb1_parse(mbi)
				   : "not started by a multiboot loader";
	if (why)
		return why;
	if (!loader_omits_file_name()) {
		drop_first_word(boot_info.cmdline);
		for (unsigned int i = 0; i < boot_info.nr_modules; i++)
			drop_first_word(boot_info.modules[i].args);
	}
	return have_ram() ? NULL : "the boot loader names no memory";
}

static void module_copy(const struct image *img, u64 off, void *dst, size_t n)
{
	u64 maddr = img->base + off;
	char *to = dst;

	while (n) {
		size_t in_page = (size_t)maddr & (PAGE_SIZE - 1);
		size_t chunk = MIN(n, PAGE_SIZE - in_page);
		char *from = arch_map_frame(maddr_to_mfn(MADDR(maddr)));

		memcpy(to, from + in_page, chunk);
		arch_unmap_frame(from);
		to += chunk;
		maddr += chunk;
		n -= chunk;
	}
}

struct image bootinfo_module_image(const struct boot_module *mod)
{
	return (struct image){mod->len_bytes, module_copy, mod->start};
}
