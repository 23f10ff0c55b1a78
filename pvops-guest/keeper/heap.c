// SPDX-License-Identifier: MIT
/*
 * Heap with free lists by size. Called by the xenstore files. Portable: also
 * built for the host's unit tests.
 *
 * INV-1  Blocks follow each other without gaps, and each knows the size of the
 *	  one before it.
 * INV-2  Free blocks are never neighbours, and each is in the bin of its size:
 *	  bin n holds sizes from 2^n up to below 2^(n + 1).
 */

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/keeper/heap.h"

/* Free blocks of the wanted bin that are looked at before larger bins are. */
#define TRIES 8

struct heap_block {
	uint32_t size; /* bytes, with this header; lowest bit: in use */
	uint32_t size_before; /* of the block before, 0: this is the first */
	/* What follows is the owner's while it is in use. */
	struct heap_block *next, **link;
};

#define HEADER	 8u
#define USED	 1u
#define SMALLEST ((sizeof(struct heap_block) + 7) & ~(size_t)7)

static uint32_t size_of(const struct heap_block *b)
{
	return b->size & ~USED;
}

static unsigned int bin_of(uint32_t size)
{
	return 31 - __builtin_clz(size);
}

static struct heap_block *block_after(const struct heap *heap, struct heap_block *b)
{
	char *next = (char *)b + size_of(b);

	return next < heap->arena + heap->size ? (struct heap_block *)next : NULL;
}

static void bin_insert(struct heap *heap, struct heap_block *b)
{
	struct heap_block **bin = &heap->bins[bin_of(b->size)];

	b->next = *bin;
	b->link = bin;
	if (b->next)
		b->next->link = &b->next;
	*bin = b;
}

static void bin_remove(struct heap_block *b)
{
	*b->link = b->next;
	if (b->next)
		b->next->link = b->link;
}

/* Give a block its size and tell its successor. */
static void set_size(struct heap *heap, struct heap_block *b, uint32_t size, uint32_t used)
{
	struct heap_block *next;

	b->size = size | used;
	next = block_after(heap, b);
	if (next)
		next->size_before = size;
}

void heap_init(struct heap *heap, void *arena, size_t size)
{
	struct heap_block *first = arena;

	*heap = (struct heap){.arena = arena, .size = size & ~(size_t)7};
	first->size_before = 0;
	set_size(heap, first, heap->size, 0);
	bin_insert(heap, first);
}

/* A free block of at least this size, taken out of its bin. */
static struct heap_block *take(struct heap *heap, uint32_t need)
{
	unsigned int bin = bin_of(need), tries = TRIES;
	struct heap_block *b = heap->bins[bin];

	while (b && b->size < need && --tries)
		b = b->next;
	if (b && b->size < need)
		b = NULL;
	/* In a larger bin, every block will do. */
	while (!b && ++bin < HEAP_BINS)
		b = heap->bins[bin];
	if (b)
		bin_remove(b);
	return b;
}

void *heap_alloc(struct heap *heap, size_t len_bytes)
{
	struct heap_block *b, *rest;
	uint32_t need, size;

	if (len_bytes > heap->size)
		return NULL;
	need = (len_bytes + HEADER + 7) & ~7u;
	if (need < SMALLEST)
		need = SMALLEST;
	b = take(heap, need);
	if (!b)
		return NULL;
	size = b->size;
	if (size - need >= SMALLEST) {
		set_size(heap, b, need, USED);
		rest = block_after(heap, b);
		set_size(heap, rest, size - need, 0);
		bin_insert(heap, rest);
	} else {
		set_size(heap, b, size, USED);
	}
	return (char *)b + HEADER;
}

void heap_free(struct heap *heap, void *p)
{
	struct heap_block *b, *before, *after;

	if (!p)
		return;
	b = (struct heap_block *)((char *)p - HEADER);
	b->size = size_of(b);
	after = block_after(heap, b);
	if (after && !(after->size & USED)) {
		bin_remove(after);
		set_size(heap, b, b->size + after->size, 0);
	}
	if (b->size_before) {
		before = (struct heap_block *)((char *)b - b->size_before);
		if (!(before->size & USED)) {
			bin_remove(before);
			set_size(heap, before, before->size + b->size, 0);
			b = before;
		}
	}
	bin_insert(heap, b);
}

size_t heap_used(const struct heap *heap)
{
	struct heap_block *b = (struct heap_block *)heap->arena;
	size_t total = 0;

	for (; b; b = block_after(heap, b))
		if (b->size & USED)
			total += size_of(b);
	return total;
}
