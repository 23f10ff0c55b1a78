// SPDX-License-Identifier: MIT
/*
 * The two halves of a 4 GiB segment. Called by trap/ for an access beyond the
 * one that stands in the table. Pure.
 *
 * What is harmless is desc_check()'s to say, here too: each half is asked for
 * as large as it could be, and is what the check leaves of that.
 */
#include "x86/desc_half.h"

#define TYPE_EXPAND_DOWN (4ULL << DESC_TYPE_SHIFT)
#define TYPE_CODE	 (8ULL << DESC_TYPE_SHIFT)
#define LIMIT_FIELD	 0x000f00000000ffffULL
/* A segment of this kind: present, data, 32-bit, limit in pages. */
#define KIND_MASK (DESC_P | DESC_S | TYPE_CODE | DESC_DB | DESC_G)
#define KIND	  (DESC_P | DESC_S | DESC_DB | DESC_G)

/* The last offset of expand-up, the one before the first of expand-down. */
static u32 limit_in_pages(desc_t d)
{
	return ((u32)(d & 0xffff) | (u32)(d >> 32 & 0xf0000)) << 12 | 0xfff;
}

static bool make_half(desc_t d, bool down, const struct desc_rules *rules, desc_t *half)
{
	/* Offsets from 0 to 4 GiB - 1, or all but the first page. */
	*half = (d & ~(LIMIT_FIELD | TYPE_EXPAND_DOWN)) | (down ? TYPE_EXPAND_DOWN : LIMIT_FIELD);
	return desc_check(half, rules) && (*half & KIND_MASK) == KIND;
}

enum half_found desc_half_for(desc_t d, const struct desc_rules *rules, struct offset_range range,
			      desc_t *half)
{
	desc_t up, down;

	/* Nothing is cut where the end is the guest's. */
	if ((d & KIND_MASK) != KIND || rules->limit == 0xffffffff ||
	    !make_half(d, false, rules, &up) || !make_half(d, true, rules, &down) ||
	    (d != up && d != down))
		return HALF_NO_SEGMENT;
	if (range.last <= limit_in_pages(up))
		*half = up;
	else if (range.first > limit_in_pages(down))
		*half = down;
	else
		return HALF_NONE;
	return HALF_FOUND;
}
