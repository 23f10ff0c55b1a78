/* SPDX-License-Identifier: MIT */
/*
 * Segments of 4 GiB in an address space whose end isn't the guest's.
 *
 * A guest's 4 GiB data segment with base B is two stretches of linear
 * addresses: offsets from 0 upwards reach from B on, and the highest offsets,
 * seen as negative ones, wrap round and reach from 0 to B - 1. No one
 * descriptor covers both without the monitor between them; but each half has
 * one: expand-up with the limit that desc_check() cuts it to, and expand-down.
 * ABI: VMASST_TYPE_4gb_segments; SDM vol. 3A, 5.3.
 */
#ifndef X86_DESC_HALF_H
#define X86_DESC_HALF_H

#include "x86/desc.h"

/* Offsets in a segment, both ends included; first <= last. */
struct offset_range {
	u32 first, last;
};

enum half_found {
	HALF_NO_SEGMENT, /* the descriptor is no half of such a segment */
	HALF_NONE,	 /* neither half covers the whole range */
	HALF_FOUND,
};

/**
 * The half of a 4 GiB data segment that covers a range of offsets.
 * @d: one half, as desc_check() leaves it or as this function makes it.
 * @half: the one that covers all of range (may be d itself); it has passed
 * desc_check(). Written for HALF_FOUND only.
 * Pure.
 */
enum half_found desc_half_for(desc_t d, const struct desc_rules *rules, struct offset_range range,
			      desc_t *half) __must_check;

#endif
