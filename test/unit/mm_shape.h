/* SPDX-License-Identifier: MIT */
/*
 * What the oracle and the random test of hv/mm know of a width's page tables,
 * in their own words (ABI 3.1, 3.2): mm_x86_32.c, mm_x86_64.c.
 */
#ifndef TEST_UNIT_MM_SHAPE_H
#define TEST_UNIT_MM_SHAPE_H

#include "mm_machine.h"

/* Machine frame of an entry. */
#define ENTRY_MFN(e) ((u32)(((e) & 0xfffffff000ull) >> 12))

/* Bits that an entry may have, and those that a present one must. */
extern const u64 shape_bits, shape_forced;
/* Whether CR3 is given a copy of the root, of four entries in a form of their own. */
extern const bool shape_root_copied;

unsigned int shape_slots(enum frame_type table);
/* What the entry in a slot must be a table of; FT_NONE below an L1. */
enum frame_type shape_child(enum frame_type table, unsigned int slot);
bool shape_is_monitors(enum frame_type table, unsigned int slot);
/* The entry must be there. */
bool shape_is_mandatory(enum frame_type table, unsigned int slot);

/*
 * Link five empty pages to an address space: the root first, the last two leaf
 * tables, of which the last is for address 0. Twice the same page may happen.
 * @below: dice, for what is left to chance.
 */
void shape_link_space(const mfn_t f[5], u32 (*below)(u32 limit));

#endif
