/* SPDX-License-Identifier: MIT */
/*
 * Lab 6: what lab.c has to provide.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

/*
 * Turn `table`, a page of zeroes of this domain, into a last-level page table that
 * shows the nr (at most 512) machine frames of `mfns` one after another, writable
 * where that can be, and hang it into the level-2 entry at machine address
 * `slot_maddr`, which is empty. 0, or a negative error.
 */
int build_table(uint64_t *table, const unsigned long *mfns, unsigned int nr, uint64_t slot_maddr);

#endif
