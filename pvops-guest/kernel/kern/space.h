/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: page tables, and the areas that say what may be there.
 *
 * INV-1  A page of a process is present only inside one of its areas.
 * INV-2  A frame is mapped by one process at one address: freeing the space
 *        frees every frame below USER_LIMIT in its tables.
 * INV-3  The kernel's part is that of the boot root, below KERNEL_LIMIT.
 */
#ifndef KERN_SPACE_H
#define KERN_SPACE_H

#include "pv_ops.h"

#define SPACE_MAX_AREAS 6

/* A range of user addresses, filled page by page when touched. */
struct area {
	unsigned long start, end;	/* page aligned; empty if equal */
	bool writable;
	const uint8_t *file;		/* initial contents, or NULL for zeroes */
	unsigned long file_va;		/* where file[0] belongs; any alignment */
	unsigned long file_len;		/* bytes; the rest is zeroes */
};

struct space {
	struct tables tables;
	struct area areas[SPACE_MAX_AREAS];
	unsigned int nr_areas;
	uint32_t nr_pages;		/* frames given to the process so far */
};

/* Build empty tables with the kernel's mappings. 0 or ERR_NO_MEMORY. irqs off. */
int space_create(struct space *space);

/* Free the tables and every page; they must not be loaded. irqs off. */
void space_destroy(struct space *space);

/* Add an area; ERR_TOO_BIG if there are too many, ERR_INVALID if it leaves user addresses. */
int space_add_area(struct space *space, const struct area *area);

/* The area that contains `va`, or NULL. */
struct area *space_find_area(struct space *space, unsigned long va);

/*
 * Make the page at `va` present, in the loaded address space `space`.
 * 0; ERR_FAULT: no area there, or it may not be written; ERR_NO_MEMORY. irqs off.
 */
int space_fill_page(struct space *space, unsigned long va, bool write);

/*
 * Make all of va .. va + len - 1 present, as space_fill_page() does, so that the
 * kernel can use it like its own memory until it gives way to another process.
 */
int space_fill_range(struct space *space, unsigned long va, unsigned long len, bool write);

#endif
