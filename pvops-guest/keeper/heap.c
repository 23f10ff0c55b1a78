// SPDX-License-Identifier: MIT
/*
 * First-fit heap; free neighbours are joined while searching. Called by
 * the xenstore files. Portable: also built for the host's unit tests.
 */

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/keeper/heap.h"

/* Before every block. Blocks follow each other to the arena's end. */
struct block {
	uint32_t size; /* bytes, with this header */
	uint32_t used;
};

void heap_init(struct heap *heap, void *arena, size_t size)
{
	struct block *first = arena;

	heap->arena = arena;
	heap->size = size & ~(size_t)7;
	heap->search_from = 0;
	first->size = heap->size;
	first->used = 0;
}

static struct block *next_block(const struct heap *heap, struct block *b)
{
	char *next = (char *)b + b->size;

	return next < heap->arena + heap->size ? (struct block *)next : NULL;
}

static void join_free(const struct heap *heap, struct block *b)
{
	struct block *next;

	while ((next = next_block(heap, b)) && !next->used)
		b->size += next->size;
}

static void split(struct block *b, size_t need)
{
	struct block *rest;

	if (b->size - need < 2 * sizeof(*b))
		return;
	rest = (struct block *)((char *)b + need);
	rest->size = b->size - need;
	rest->used = 0;
	b->size = need;
}

void *heap_alloc(struct heap *heap, size_t len_bytes)
{
	struct block *b = (struct block *)(heap->arena + heap->search_from);
	bool any_free = false;
	size_t need;

	if (len_bytes > heap->size)
		return NULL;
	need = (len_bytes + sizeof(*b) + 7) & ~(size_t)7;
	for (; b; b = next_block(heap, b)) {
		if (b->used)
			continue;
		join_free(heap, b);
		if (!any_free)
			heap->search_from = (char *)b - heap->arena;
		any_free = true;
		if (b->size < need)
			continue;
		split(b, need);
		b->used = 1;
		return b + 1;
	}
	return NULL;
}

void heap_free(struct heap *heap, void *p)
{
	struct block *b;

	if (!p)
		return;
	b = (struct block *)p - 1;
	b->used = 0;
	if ((size_t)((char *)b - heap->arena) < heap->search_from)
		heap->search_from = (char *)b - heap->arena;
}

size_t heap_used(const struct heap *heap)
{
	struct block *b = (struct block *)heap->arena;
	size_t total = 0;

	for (; b; b = next_block(heap, b))
		if (b->used)
			total += b->size;
	return total;
}
