// SPDX-License-Identifier: MIT
/*
 * Address spaces. Called by proc.c (create, destroy), fault.c (fill a page) and
 * syscall.c (check a pointer). Invariants: space.h.
 */
#include "kern/space.h"
#include "abi.h"
#include "kern/frames.h"
#include "kern/ptable.h"
#include "pvops-guest/lib/string.h"

void table_free(pfn_t pfn)
{
	pv_ops.mmu.table_release(pfn);
	frame_free(pfn);
}

int space_create(struct space *space)
{
	memset(space, 0, sizeof(*space));
	return tables_create(&space->tables);
}

void space_destroy(struct space *space)
{
	/* The user's one middle table: its slot for address 0 is its first. */
	const pte_t *middle = ptable_middle_slot(space->tables.root, 0);

	/* First stop being page tables, then become ordinary frames again. */
	tables_unpin(&space->tables);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
		const pte_t *last;

		if (!(middle[i] & PTE_P))
			continue;
		last = pfn_to_va(pte_to_pfn(middle[i]));
		for (unsigned int j = 0; j < PTES_PER_TABLE; j++)
			if (last[j] & PTE_P)
				frame_free(pte_to_pfn(last[j]));
		table_free(va_to_pfn(last));
	}
	tables_free(&space->tables);
}

int space_add_area(struct space *space, const struct area *area)
{
	if (area->start > area->end || area->end > USER_LIMIT || area->start < PAGE_SIZE)
		return ERR_INVALID;
	if (space->nr_areas == SPACE_MAX_AREAS)
		return ERR_TOO_BIG;
	space->areas[space->nr_areas++] = *area;
	return 0;
}

struct area *space_find_area(struct space *space, unsigned long va)
{
	for (unsigned int i = 0; i < space->nr_areas; i++) {
		struct area *area = &space->areas[i];

		if (va >= area->start && va < area->end)
			return area;
	}
	return NULL;
}

/* Copy what `area` has for the page at `va` from its file into `frame`. */
static void copy_contents(const struct area *area, unsigned long va, uint8_t *frame)
{
	unsigned long file_end = area->file_va + area->file_len;
	unsigned long from = va > area->file_va ? va : area->file_va;
	unsigned long to = va + PAGE_SIZE < file_end ? va + PAGE_SIZE : file_end;

	if (area->file && from < to)
		memcpy(frame + (from - va), area->file + (from - area->file_va), to - from);
}

/* Make sure that there is a last table for `va`. 0 or ERR_NO_MEMORY. */
static int space_need_table(const struct space *space, unsigned long va)
{
	pte_t *middle = ptable_middle_slot(space->tables.root, va);
	pfn_t table;

	if (*middle & PTE_P)
		return 0;
	table = frame_alloc_zeroed();
	if (table == PFN_NONE)
		return ERR_NO_MEMORY;
	pv_ops.mmu.table_protect(table);
	pv_ops.mmu.set_pte(middle, pte_make(table, PTE_TABLE));
	return 0;
}

/*
 * [tour: page-table-update 15] What it is all for: demand paging in a guest.
 * One page fault of a process becomes one or two updates. `touch 100` in the
 * shell, then `traps`, shows it in numbers.
 */
int space_fill_page(struct space *space, unsigned long va, bool write)
{
	const struct area *area = space_find_area(space, va);
	pfn_t pfn;

	if (!area || (write && !area->writable))
		return ERR_FAULT;
	if (space_need_table(space, va))
		return ERR_NO_MEMORY;
	pfn = frame_alloc_zeroed();
	if (pfn == PFN_NONE)
		return ERR_NO_MEMORY;
	va &= PAGE_MASK;
	copy_contents(area, va, pfn_to_va(pfn));
	pv_ops.mmu.set_va(va, pte_make(pfn, area->writable ? PTE_USER : PTE_USER_RO));
	space->nr_pages++;
	return 0;
}

int space_fill_range(struct space *space, unsigned long va, unsigned long len, bool write)
{
	unsigned long page = va & PAGE_MASK;

	if (va > USER_LIMIT || len > USER_LIMIT - va)
		return ERR_FAULT;
	for (; page < va + len; page += PAGE_SIZE) {
		const struct area *area = space_find_area(space, page);
		const pte_t *slot = ptable_last_slot(space->tables.root, page);
		int error;

		if (!area || (write && !area->writable))
			return ERR_FAULT;
		if (slot && (*slot & PTE_P))
			continue;
		error = space_fill_page(space, page, write);
		if (error)
			return error;
	}
	return 0;
}
