/* SPDX-License-Identifier: MIT */
/*
 * What all frames are used for at this moment: for a key. Slow, counts only.
 */
#include "lib/string.h"
#include "mm/internal.h"
#include "platform/platform.h"

const char *frame_type_name(enum frame_type type)
{
	static const char *const names[NR_FRAME_TYPES] = {
		[FT_NONE] = "none", [FT_L1] = "L1", [FT_L2] = "L2", [FT_L2X] = "L2X",
		[FT_L3] = "L3",	    [FT_L4] = "L4", [FT_SEGDESC] = "descriptors",
		[FT_WRITABLE] = "writable",
	};

	return names[type];
}

void mm_census(struct mm_census *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned long n = 0; n < max_mfn; n++) {
		const struct frame *f = frame_of(MFN(n));
		u32 count = READ_ONCE(f->count);

		if (!READ_ONCE(f->owner))
			continue;
		if (count & COUNT_HEAP) {
			c->nr_shared++;
			continue;
		}
		c->nr_owned++;
		c->nr_of_type[frame_type(MFN(n))]++;
		if ((f->type & TYPE_PINNED) && frame_type(MFN(n)) != FT_NONE)
			c->nr_pinned++;
	}
}
