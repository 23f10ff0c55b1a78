/* SPDX-License-Identifier: MIT */
/* Where everything of a new domain lies: ABI 1.3. Between layout.c and builder.c. */
#ifndef DOMAIN_BUILDER_H
#define DOMAIN_BUILDER_H

#include "lib/elf.h"
#include "lib/types.h"

/* Addresses are guest virtual; pages from map_start to map_end are mapped. */
struct layout {
	unsigned long nr_pages;		/* the domain's, all told */
	u64 map_start, map_end;
	u64 p2m;
	unsigned long p2m_pfn, nr_p2m_pages;
	/* By INIT_P2M the list is behind it all, and these tables behind the list. */
	bool p2m_elsewhere;
	unsigned long nr_p2m_pt_pages;
	u64 start_info, store, console, pt, stack;
	unsigned long nr_pt_pages;
	u64 ramdisk;			/* address, or pfn with MOD_START_PFN */
	unsigned long ramdisk_pfn;
};

/**
 * Lay a domain out. Returns NULL, or why it doesn't fit.
 * @mem_bytes: all its memory; @ramdisk_bytes: 0 if none. Pure.
 */
const char *layout_compute(const struct elf_info *elf, u64 mem_bytes, u64 ramdisk_bytes,
			   struct layout *l) __must_check;

/* ---- package.c: disk images for the initial domain ---- */

struct boot_module;
struct build_plan;

/* One more image; its arguments become its command line. Before package_plan(). */
void package_add(const struct boot_module *mod);
/* Make what was added the ramdisk of the initial domain's plan. False: no memory. */
bool package_plan(struct build_plan *plan) __must_check;
/* The domain is built. */
void package_done(void);

#endif
