/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: single 4 kB frames.
 */
#ifndef KERN_FRAMES_H
#define KERN_FRAMES_H

#include "kern/types.h"

/* No frame has this number. */
#define PFN_NONE 0xFFFFFFFFu

/* Take over boot.first_free .. boot.nr_frames - 1. Once, first. */
void frames_init(void);

/* A frame, contents unknown; PFN_NONE if there is none left. irqs off. */
pfn_t frame_alloc(void);

/* A frame of zeroes; PFN_NONE if there is none left. irqs off. */
pfn_t frame_alloc_zeroed(void);

/* Give `pfn` back; it must be mapped writable in the direct map. irqs off. */
void frame_free(pfn_t pfn);

/* How many frames can be allocated now. */
uint32_t frames_nr_free(void);

#endif
