// SPDX-License-Identifier: MIT
/*
 * Lab 1, solved: one ring up, and cut off where the monitor begins.
 */
#include "pvops-guest/labs/1-ring-compression/lab.h"

#define PRESENT	   (1ull << 47)
#define DPL_SHIFT  45
#define DPL_MASK   (3ull << DPL_SHIFT)
#define NOT_SYSTEM (1ull << 44)
#define PAGES	   (1ull << 55) /* the limit counts pages */

/* The highest address of the segment, from its base and limit. */
static uint64_t last_byte(uint64_t d)
{
	uint64_t base = (d >> 16 & 0xffffff) | (d >> 56) << 24;
	uint64_t limit = (d & 0xffff) | (d >> 32 & 0xf0000);

	return base + (d & PAGES ? limit << 12 | 0xfff : limit);
}

uint64_t compress(uint64_t native)
{
	uint64_t base = (native >> 16 & 0xffffff) | (native >> 56) << 24, limit;

	/* Gates and TSSs lead into ring 0; only the monitor has those. */
	if (!(native & PRESENT) || !(native & NOT_SYSTEM))
		return 0;
	if (!(native & DPL_MASK))
		native |= 1ull << DPL_SHIFT;
	if (last_byte(native) < MONITOR_START)
		return native;
	if (base >= MONITOR_START)
		return 0;
	limit = (MONITOR_START - base) / 4096 - 1;
	native &= ~0x000f00000000ffffull;
	return native | PAGES | (limit & 0xffff) | (limit & 0xf0000) << 32;
}
