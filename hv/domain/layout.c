/* SPDX-License-Identifier: MIT */
/*
 * Where everything of a new domain lies. ABI 1.3, in this order: kernel, a
 * mapped ramdisk, p2m list, start_info, xenstore page, console page, page
 * tables, boot stack, spare mapped room; an unmapped ramdisk follows. Pure.
 */
#include "domain/builder.h"
#include "mm/mm.h"
#include "x86/boottables.h"

#define MB (1024ULL * 1024)
#define SPARE_BYTES (512 * 1024ULL) /* mapped behind the stack, at the least, */
#define SPARE_ALIGN (4 * MB)	    /* up to such a boundary */

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

const char *layout_compute(const struct elf_info *elf, u64 mem_bytes, u64 ramdisk_bytes,
			   struct layout *l)
{
	u64 at = ROUND_UP(elf->virt_end, PAGE_SIZE);
	u64 ramdisk_room = ROUND_UP(ramdisk_bytes, PAGE_SIZE);
	u64 base = elf->virt_base, end;

	*l = (struct layout){ 0 };
	if (mem_bytes >> PAGE_SHIFT > ~0UL >> PAGE_SHIFT)
		return "more memory than it could address";
	l->nr_pages = (unsigned long)(mem_bytes >> PAGE_SHIFT);
	if (elf->virt_start < base || elf->virt_end < elf->virt_start ||
	    at - base > mem_bytes || at > guest_va_end || elf->virt_end > guest_va_end)
		return "its kernel is larger than its memory, or lies outside it";
	if (ramdisk_bytes > mem_bytes || ramdisk_room > mem_bytes)
		return "its ramdisk is larger than its memory";
	if (elf->entry < base || elf->entry >= elf->virt_end)
		return "its entry point lies outside its kernel";
	if (elf->has_hypercall_page && (elf->hypercall_page < base ||
					elf->hypercall_page >= at ||
					(elf->hypercall_page & (PAGE_SIZE - 1))))
		return "its hypercall page lies outside its kernel";

	l->map_start = base & ~(u64)(PAGE_SIZE - 1);
	if (ramdisk_bytes && !elf->mod_start_pfn) {
		l->ramdisk = at;
		l->ramdisk_pfn = (unsigned long)((at - base) >> PAGE_SHIFT);
		at += ramdisk_room;
	}
	l->p2m = at;
	l->nr_p2m_pages = (unsigned long)(((u64)l->nr_pages * sizeof(unsigned long) +
					   PAGE_SIZE - 1) >> PAGE_SHIFT);
	at += (u64)l->nr_p2m_pages << PAGE_SHIFT;
	l->start_info = at;
	l->store = at + PAGE_SIZE;
	l->console = at + 2 * PAGE_SIZE;
	l->pt = at + 3 * PAGE_SIZE;
	if (l->pt > guest_va_end || !place_tables(l))
		return "it can't be mapped below the monitor";
	end = l->map_end;
	if (ramdisk_bytes && elf->mod_start_pfn) {
		l->ramdisk = l->ramdisk_pfn = (unsigned long)((end - base) >> PAGE_SHIFT);
		end += ramdisk_room;
	}
	if (end - base > mem_bytes)
		return "not enough memory for its kernel, ramdisk and tables";
	return NULL;
}
