/* SPDX-License-Identifier: MIT */
/*
 * keeper's heap (pvops-guest/keeper/heap.h) on top of malloc: ASan sees what
 * its users do wrong. It has as much as the arena, which it leaves alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pvops-guest/keeper/heap.h"

#define HEADER 8

/* Of the only heap of a test. */
static size_t used;

static size_t cost(size_t len_bytes)
{
	return (len_bytes + HEADER + 7) & ~(size_t)7;
}

void heap_init(struct heap *heap, void *arena, size_t size)
{
	memset(heap, 0, sizeof(*heap));
	heap->arena = arena;
	heap->size = size;
	used = 0;
}

void *heap_alloc(struct heap *heap, size_t len_bytes)
{
	char *block;

	if (len_bytes > heap->size || used + cost(len_bytes) > heap->size)
		return NULL;
	block = malloc(HEADER + len_bytes);
	memcpy(block, &len_bytes, sizeof(len_bytes));
	/* Who reads what it hasn't written should notice. */
	memset(block + HEADER, 0xa5, len_bytes);
	used += cost(len_bytes);
	return block + HEADER;
}

void heap_free(struct heap *heap, void *p)
{
	size_t len_bytes;

	(void)heap;
	if (!p)
		return;
	memcpy(&len_bytes, (char *)p - HEADER, sizeof(len_bytes));
	used -= cost(len_bytes);
	free((char *)p - HEADER);
}

size_t heap_used(const struct heap *heap)
{
	(void)heap;
	return used;
}
