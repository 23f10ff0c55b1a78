// SPDX-License-Identifier: MIT
/*
 * The frame allocator. Called by kmap.c, space.c and proc.c.
 *
 * Frames never used so far are handed out in rising order, which lets kmap.c
 * take its page tables from memory that it has just mapped. Returned frames
 * form a list threaded through their own first word.
 */
#include "kern/frames.h"
#include "pvops-guest/lib/string.h"

static pfn_t next_fresh;
static pfn_t free_list = PFN_NONE;
static uint32_t nr_free;

void frames_init(void)
{
	if (boot.nr_frames > DIRECT_MAP_MAX_FRAMES)
		boot.nr_frames = DIRECT_MAP_MAX_FRAMES;
	next_fresh = boot.first_free;
	nr_free = boot.nr_frames - boot.first_free;
}

pfn_t frame_alloc(void)
{
	pfn_t pfn = free_list;

	if (pfn != PFN_NONE)
		free_list = *(pfn_t *)pfn_to_va(pfn);
	else if (next_fresh < boot.nr_frames)
		pfn = next_fresh++;
	else
		return PFN_NONE;
	nr_free--;
	return pfn;
}

pfn_t frame_alloc_zeroed(void)
{
	pfn_t pfn = frame_alloc();

	if (pfn != PFN_NONE)
		memset(pfn_to_va(pfn), 0, PAGE_SIZE);
	return pfn;
}

void frame_free(pfn_t pfn)
{
	*(pfn_t *)pfn_to_va(pfn) = free_list;
	free_list = pfn;
	nr_free++;
}

uint32_t frames_nr_free(void)
{
	return nr_free;
}
