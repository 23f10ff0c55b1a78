/* SPDX-License-Identifier: MIT */
/*
 * One page-table entry: what it may say, and the references it stands for
 * (INV-5). Called by table.c for whole tables and by update.c for changes.
 */
#include "mm/internal.h"
#include "platform/platform.h"

/* Bits that only who drives devices may set, in L1 entries for their memory. */
#define CACHE_BITS (PTE_PWT | PTE_PCD | PTE_PAT)

/*
 * [tour: page-table-update 6] What an entry may say, bit by bit. A row of
 * pt_levels knows which bits must be zero at its level, which are taken off,
 * which are put in.
 */
int entry_clean_odd(const struct pt_level *row, const struct mm_domain *md, pte_t *entry)
{
	u64 refused = row->must_be_zero, stripped = row->stripped;

	if (unlikely(md && md->maps_io && row->child == FT_NONE)) {
		refused &= ~CACHE_BITS;
		/* As the CPU starts up, entries 4 to 7 of its PAT repeat 0 to 3. */
		stripped |= PTE_PAT;
		/* RAM is cached for all others: two kinds of view read what isn't there. */
		if (!frame_is_io(pte_mfn(*entry)))
			stripped |= CACHE_BITS;
	}
	/* Reserved bits would fault in the guest, or worse one day mean something. */
	if (unlikely(!cpu_has_nx))
		refused |= PTE_NX;
	if (*entry & refused)
		return -EINVAL;
	*entry = (*entry & ~stripped) | row->forced;
	return 0;
}

/* The memory of devices and firmware has no counts: nobody can own or reuse it. */
static bool is_io(mfn_t mfn)
{
	if (likely(mfn.v < max_mfn && (READ_ONCE(frame_of(mfn)->count) & COUNT_REFS)))
		return false;
	return frame_is_io(mfn);
}

/*
 * [tour: page-table-update 7] The two checks that isolate domains from each
 * other and from the monitor: the frame must be the guest's own (frame_get),
 * and for a writable mapping it must not be a table or hold descriptors
 * (writable_get).
 */
int leaf_get(pte_t entry, struct mm_domain *frame_owner)
{
	mfn_t mfn = pte_mfn(entry);

	if (unlikely(!frame_get(mfn, frame_owner))) {
		if (frame_owner->maps_io && is_io(mfn))
			return 0;
		return mfn_is_valid(mfn) ? -EPERM : -EINVAL;
	}
	/* INV-1: a table or descriptor page never becomes writable. */
	if (!(entry & PTE_RW) || likely(writable_get(frame_of(mfn))))
		return 0;
	frame_put(mfn);
	return -EBUSY;
}

void leaf_put(pte_t entry, struct mm_domain *pt_owner)
{
	mfn_t mfn = pte_mfn(entry);
	struct frame *f;

	if (unlikely(is_io(mfn)))
		return;
	f = frame_of(mfn);
	/* INV-9: its owner can't know that this guest still needs a flush. */
	if (unlikely(f->owner != pt_owner))
		tlb_flush_later();
	if (entry & PTE_RW)
		writable_put(f);
	frame_put(mfn);
}
