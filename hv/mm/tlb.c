/* SPDX-License-Identifier: MIT */
/*
 * Stale translations: asking for a flush is cheap and may be repeated; it
 * happens once, before a guest runs again or guest memory is copied (INV-9).
 *
 * One CPU runs guests. With more, `pending` becomes a CPU set, and a flush that
 * releases a frame must reach them all before the frame is used again.
 */
#include "mm/internal.h"

struct tlb tlb;

/*
 * [tour: page-table-update 12] The processor remembers old entries. Freed
 * frames and new tables need a flush before any guest runs again; asking is a
 * flag, so many changes share one.
 */
void tlb_flush_later(void)
{
	tlb.pending = true;
}

void tlb_flush_now(void)
{
	tlb.pending = false;
	/* Counted first: who reads the new number while we flush isn't covered. */
	__atomic_add_fetch(&tlb.epoch, 1, __ATOMIC_SEQ_CST);
	arch_tlb_flush();
}

void tlb_flush_if_needed(void)
{
	if (unlikely(tlb.pending))
		tlb_flush_now();
}
