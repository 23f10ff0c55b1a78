/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors, and the check that keeps a guest's descriptors harmless.
 * SDM vol. 3A, 3.4.5; ABI: descriptor rules of update_descriptor and set_gdt.
 */
#ifndef X86_DESC_H
#define X86_DESC_H

#include "lib/types.h"

typedef u64 desc_t; /* low word first, as in memory */

#define DESC_TYPE_SHIFT 40 /* 4 bits: accessed, writable/readable, down/conforming, code */
#define DESC_S (1ULL << 44) /* code or data, not system */
#define DESC_DPL_SHIFT 45
#define DESC_P (1ULL << 47)
#define DESC_L (1ULL << 53)
#define DESC_DB (1ULL << 54)
#define DESC_G (1ULL << 55)

#define SEL_RPL 3u
#define SEL_TI 4u

/* Base of a code or data segment. */
static inline u32 desc_base(desc_t d)
{
	return (u32)(d >> 16 & 0xffffff) | (u32)(d >> 56) << 24;
}

/* What a guest of this width may have in its tables. */
struct desc_rules {
	u32 limit;	  /* highest linear address a segment may reach; ~0: any */
	u8 min_dpl;	  /* lower DPLs are raised to this: 1 or 3 */
	bool allow_l;	  /* 64-bit code segments allowed */
};

/**
 * Make one guest descriptor safe, or refuse it.
 * @d: in: as the guest wrote it; out: as it may stand in a live table.
 * Not-present: always fine, kept as it is. Code and data: DPL raised to
 * min_dpl, limit cut so that base + offset never passes rules->limit nor wraps
 * round (expand-down, granularity and the 16-bit/32-bit bit honoured); what
 * can't be cut is refused. What an expand-down segment reaches past the wrap,
 * from 0 up to its base, may stay: negative offsets. Conforming code and every
 * system descriptor are refused, call gates too. The accessed bit is left as
 * it is: the CPU sets it in the live table.
 * Returns true if *d may be used. Pure.
 */
bool desc_check(desc_t *d, const struct desc_rules *rules) __must_check;

#endif
