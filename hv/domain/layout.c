/* SPDX-License-Identifier: MIT */
/*
 * Where everything of a new domain lies. ABI 1.3, in this order: kernel, a
 * mapped ramdisk, p2m list, start_info, xenstore page, console page, page
 * tables, boot stack, spare mapped room; what isn't mapped there follows: a
 * ramdisk, a p2m list that INIT_P2M wants elsewhere. Pure.
 */
#include "domain/builder.h"
#include "mm/mm.h"
#include "x86/boottables.h"

#define MB (1024ULL * 1024)
#define SPARE_BYTES (512 * 1024ULL) /* mapped behind the stack, at the least, */
#define SPARE_ALIGN (4 * MB)	    /* up to such a boundary */

/* Whether a guest may have all of [start, end). */
static bool range_ok(u64 start, u64 end)
{
	return end >= start && end <= ~0UL &&
	       arch_guest_range_ok((unsigned long)start, (size_t)(end - start));
}

/*
 * Page tables map themselves too: grow their number until it is enough.
 * Leaves l->nr_pt_pages and l->map_end; false if there is no room for it.
 */
static bool place_tables(struct layout *l)
{
	unsigned long nr = 1, need;

	for (;;) {
		u64 stack = l->pt + (u64)nr * PAGE_SIZE;

		l->map_end = ROUND_UP(stack + PAGE_SIZE + SPARE_BYTES, SPARE_ALIGN);
		if (l->map_end < stack) /* the end of the address space */
			return false;
		need = arch_boot_pt_pages(l->map_start, l->map_end);
		if (!need)
			return false;
		if (need <= nr)
			break;
		nr = need;
	}
	l->nr_pt_pages = nr;
	l->stack = l->pt + (u64)nr * PAGE_SIZE;
	return true;
}

/* The p2m list at the address that the image wants for it, and its own tables. */
static bool place_p2m(const struct elf_info *elf, u64 pfn, struct layout *l)
{
	struct boot_tables t = {
		.map_start = l->map_start,
		.map_end = l->map_end,
		.p2m_start = elf->init_p2m,
		.p2m_end = elf->init_p2m + ((u64)l->nr_p2m_pages << PAGE_SHIFT),
	};

	l->p2m = elf->init_p2m;
	l->p2m_pfn = (unsigned long)pfn;
	l->nr_p2m_pt_pages = arch_boot_p2m_pt_pages(&t);
	return l->nr_p2m_pt_pages != ~0UL;
}

static const char *check_image(const struct elf_info *elf, u64 mem_bytes)
{
	u64 at = ROUND_UP(elf->virt_end, PAGE_SIZE), base = elf->virt_base;

	if (elf->virt_start < base || elf->virt_end < elf->virt_start || at < elf->virt_end ||
	    at - base > mem_bytes || !range_ok(base, at))
		return "its kernel is larger than its memory, or lies outside it";
	if (elf->entry < base || elf->entry >= elf->virt_end)
		return "its entry point lies outside its kernel";
	if (elf->has_hypercall_page && (elf->hypercall_page < base ||
					elf->hypercall_page >= at ||
					(elf->hypercall_page & (PAGE_SIZE - 1))))
		return "its hypercall page lies outside its kernel";
	return NULL;
}

/* Everything behind the kernel that is mapped with it; returns where the p2m list ends. */
static u64 place_ramdisk_and_p2m(const struct elf_info *elf, u64 ramdisk_bytes, struct layout *l)
{
	u64 at = ROUND_UP(elf->virt_end, PAGE_SIZE), base = elf->virt_base;

	if (ramdisk_bytes && !elf->mod_start_pfn) {
		l->ramdisk = at;
		l->ramdisk_pfn = (unsigned long)((at - base) >> PAGE_SHIFT);
		at += ROUND_UP(ramdisk_bytes, PAGE_SIZE);
	}
	l->nr_p2m_pages = (unsigned long)(((u64)l->nr_pages * sizeof(unsigned long) +
					   PAGE_SIZE - 1) >> PAGE_SHIFT);
	if (!l->p2m_elsewhere) {
		l->p2m = at;
		l->p2m_pfn = (unsigned long)((at - base) >> PAGE_SHIFT);
		at += (u64)l->nr_p2m_pages << PAGE_SHIFT;
	}
	return at;
}

const char *layout_compute(const struct elf_info *elf, u64 mem_bytes, u64 ramdisk_bytes,
			   struct layout *l)
{
	u64 ramdisk_room = ROUND_UP(ramdisk_bytes, PAGE_SIZE), base = elf->virt_base, at, end;
	const char *why;

	*l = (struct layout){ 0 };
	l->p2m_elsewhere = elf->is_64bit && elf->has_init_p2m && elf->init_p2m < base;
	if (mem_bytes >> PAGE_SHIFT > ~0UL >> PAGE_SHIFT)
		return "more memory than it could address";
	l->nr_pages = (unsigned long)(mem_bytes >> PAGE_SHIFT);
	why = check_image(elf, mem_bytes);
	if (why)
		return why;
	if (ramdisk_bytes > mem_bytes || ramdisk_room > mem_bytes)
		return "its ramdisk is larger than its memory";

	l->map_start = base & ~(u64)(PAGE_SIZE - 1);
	at = place_ramdisk_and_p2m(elf, ramdisk_bytes, l);
	l->start_info = at;
	l->store = at + PAGE_SIZE;
	l->console = at + 2 * PAGE_SIZE;
	l->pt = at + 3 * PAGE_SIZE;
	if (!range_ok(l->map_start, l->pt) || !place_tables(l))
		return "it can't be mapped outside the monitor's part";
	end = l->map_end;
	if (ramdisk_bytes && elf->mod_start_pfn) {
		l->ramdisk = l->ramdisk_pfn = (unsigned long)((end - base) >> PAGE_SHIFT);
		end += ramdisk_room;
	}
	if (l->p2m_elsewhere) {
		if (!place_p2m(elf, (end - base) >> PAGE_SHIFT, l))
			return "its p2m list can't be mapped where it wants it (INIT_P2M)";
		end += ((u64)l->nr_p2m_pages + l->nr_p2m_pt_pages) << PAGE_SHIFT;
	}
	if (end - base > mem_bytes)
		return "not enough memory for its kernel, ramdisk and tables";
	return NULL;
}
