// SPDX-License-Identifier: MIT
/*
 * Loading a program: its ELF segments become areas, and nothing is copied.
 * The pages appear one by one, when they are touched (fault.c).
 *
 * Called by proc_spawn(). The images come from programs.S, so they are trusted
 * to be well formed; the checks here catch mistakes, not attacks.
 */
#include "kern/program.h"
#include "abi.h"
#include "elf.h"
#include "kern/frames.h"
#include "kern/ptable.h"
#include "pvops-guest/lib/string.h"

#define STACK_TOP   USER_LIMIT
#define STACK_PAGES 64

/* programs.S: name and image of each. */
struct program {
	char name[PROC_NAME_MAX];
	const uint8_t *image;
	const uint8_t *end;
};

extern const struct program programs[];
extern const uint32_t nr_programs;

/* The program called `name`, or NULL. */
static const struct program *find_program(const char *name)
{
	for (uint32_t i = 0; i < nr_programs; i++)
		if (strcmp(programs[i].name, name) == 0)
			return &programs[i];
	return NULL;
}

/* Add an area for one PT_LOAD; *end_va becomes the end of the highest so far. */
static int load_segment(struct space *space, const struct elf_segment *segment,
			const uint8_t *image, unsigned long *end_va)
{
	struct area area = {
		.start = segment->va & PAGE_MASK,
		.end = (segment->va + segment->mem_len + PAGE_SIZE - 1) & PAGE_MASK,
		.writable = segment->flags & ELF_WRITABLE,
		.file = image + segment->file_offset,
		.file_va = segment->va,
		.file_len = segment->file_len,
	};

	if (area.end > *end_va)
		*end_va = area.end;
	return space_add_area(space, &area);
}

/*
 * Fill the stack's top page through the direct map: these tables are not
 * loaded yet. Above the stack pointer: a return address nobody uses, the
 * argument pointer, the string.
 */
static int load_stack(struct space *space, const char *args, struct loaded_program *loaded)
{
	struct area area = {
		.start = STACK_TOP - STACK_PAGES * PAGE_SIZE,
		.end = STACK_TOP,
		.writable = true,
	};
	uint32_t string_offset = PAGE_SIZE - PROC_ARGS_MAX;
	uint32_t sp_offset = string_offset - 16;
	unsigned long *words;
	pfn_t table = frame_alloc_zeroed(), pfn = frame_alloc_zeroed();

	if (table == PFN_NONE || pfn == PFN_NONE)
		goto no_memory;
	loaded->stack_top = STACK_TOP - PAGE_SIZE + sp_offset;
	loaded->args = STACK_TOP - PAGE_SIZE + string_offset;
	words = (unsigned long *)((uint8_t *)pfn_to_va(pfn) + sp_offset);
	words[1] = loaded->args;
	memcpy((uint8_t *)pfn_to_va(pfn) + string_offset, args, strnlen(args, PROC_ARGS_MAX - 1));

	((pte_t *)pfn_to_va(table))[PTES_PER_TABLE - 1] = pte_make(pfn, PTE_USER);
	pv_ops.mmu.table_protect(table);
	pv_ops.mmu.set_pte(ptable_middle_slot(space->tables.root, STACK_TOP - PAGE_SIZE),
			   pte_make(table, PTE_TABLE));
	space->nr_pages++;
	return space_add_area(space, &area);

no_memory:
	if (table != PFN_NONE)
		frame_free(table);
	if (pfn != PFN_NONE)
		frame_free(pfn);
	return ERR_NO_MEMORY;
}

int program_load(struct space *space, const char *name, const char *args,
		 struct loaded_program *loaded)
{
	const struct program *program = find_program(name);
	const struct elf_header *elf;
	const struct elf_segment *segments;
	struct area heap = {.writable = true};
	int error;

	if (!program)
		return ERR_NONE;
	elf = (const void *)program->image;
	if (elf->magic != ELF_MAGIC || elf->machine != ELF_MACHINE)
		return ERR_INVALID;
	segments = (const void *)(program->image + elf->segments_offset);
	for (unsigned int i = 0; i < elf->nr_segments; i++) {
		if (segments[i].type != ELF_SEGMENT_LOAD || segments[i].mem_len == 0)
			continue;
		error = load_segment(space, &segments[i], program->image, &heap.start);
		if (error)
			return error;
	}
	heap.end = heap.start;
	error = space_add_area(space, &heap);
	if (error)
		return error;
	loaded->heap = &space->areas[space->nr_areas - 1];
	loaded->entry = elf->entry;
	return load_stack(space, args, loaded);
}
