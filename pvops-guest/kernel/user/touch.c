// SPDX-License-Identifier: MIT
/*
 * touch [PAGES]: grow the heap and touch every page of it, which makes the
 * kernel provide them one page fault at a time. Then check what was written.
 */
#include "user/user.h"

#define PAGE	      4096
#define DEFAULT_PAGES 256

int main(const char *args)
{
	uint32_t pages = parse_number(args);
	uint32_t *heap;
	int start;

	if (pages == 0)
		pages = DEFAULT_PAGES;
	start = pages > 0x10000 ? ERR_NO_MEMORY : syscall1(SYS_GROW, pages * PAGE);
	if (start < 0) {
		printf("touch: the heap cannot grow by %u pages\n", pages);
		return 1;
	}
	heap = (uint32_t *)(unsigned long)start;
	for (uint32_t i = 0; i < pages; i++)
		heap[i * (PAGE / sizeof(*heap))] = i;
	for (uint32_t i = 0; i < pages; i++) {
		if (heap[i * (PAGE / sizeof(*heap))] != i) {
			printf("touch: page %u has changed\n", i);
			return 1;
		}
	}
	printf("touch: %u pages hold what was written\n", pages);
	return 0;
}
