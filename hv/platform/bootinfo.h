/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader left us, in our own words: memory, modules, options.
 * Filled once by bootinfo_parse() from multiboot 1 or 2; read-only afterwards.
 */
#ifndef PLATFORM_BOOTINFO_H
#define PLATFORM_BOOTINFO_H

#include "lib/image.h"
#include "lib/types.h"

#define BOOT_MAX_MODULES 64
#define BOOT_MAX_REGIONS 64
#define BOOT_CMDLINE_MAX 1024

struct boot_region {
	u64 start, end;	/* machine bytes, [start, end) */
	u32 type;	/* E820 type; 1 is RAM */
};

struct boot_module {
	u64 start, len_bytes;		/* machine bytes */
	char args[BOOT_CMDLINE_MAX];	/* without the file name */
};

struct boot_info {
	char cmdline[BOOT_CMDLINE_MAX];	/* monitor's options, without the file name */
	char loader[64];
	unsigned int nr_modules, nr_modules_dropped;
	struct boot_module modules[BOOT_MAX_MODULES];
	unsigned int nr_regions;
	struct boot_region regions[BOOT_MAX_REGIONS];
};

extern struct boot_info boot_info;

/**
 * Fill boot_info. Runs on the early identity map.
 * @magic: eax at entry; @mbi: ebx at entry, machine address.
 * Returns NULL, or why nothing can be made of it. GRUB passes arguments without
 * the file name, other loaders put it first: decided by the loader's name.
 */
const char *bootinfo_parse(u32 magic, u32 mbi) __must_check;

/* An image that reads a module through temporary mappings. */
struct image bootinfo_module_image(const struct boot_module *mod);

#endif
