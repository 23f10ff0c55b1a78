/* SPDX-License-Identifier: MIT */
/*
 * A heap over one given arena, for all that xenstore keeps. Allocating and
 * freeing take about the same time however much is in it.
 */
#ifndef PVOPS_GUEST_KEEPER_HEAP_H
#define PVOPS_GUEST_KEEPER_HEAP_H

#include <stddef.h>

#define HEAP_BINS 28 /* of free blocks, by the power of two of their size */

struct heap_block;

struct heap {
	char *arena; /* aligned to 8 */
	size_t size; /* bytes, a multiple of 8 */
	struct heap_block *bins[HEAP_BINS];
};

/* heap_init - take over size bytes at arena (8-byte aligned, below 128 MiB). */
void heap_init(struct heap *heap, void *arena, size_t size);

/* heap_alloc - len_bytes of memory, 8-byte aligned, or NULL. */
void *heap_alloc(struct heap *heap, size_t len_bytes);

/* heap_free - give back what heap_alloc returned; NULL is allowed. */
void heap_free(struct heap *heap, void *p);

/* heap_used - bytes in allocated blocks, headers included; for tests. */
size_t heap_used(const struct heap *heap);

#endif
