/* SPDX-License-Identifier: MIT */
/*
 * How frames come to a domain and leave it: allocation references, and heap
 * pages of the monitor that a domain may map. Called by the builder, memory_op
 * and the owners of shared pages.
 */
#include "lib/string.h"
#include "mm/internal.h"
#include "platform/platform.h"

void mm_domain_init(struct mm_domain *md, unsigned int domid, unsigned long max_frames)
{
	memset(md, 0, sizeof(*md));
	md->domid = domid;
	md->max_frames = max_frames;
	md->low_mfn = ~0UL;
}

/* Take the right to nr more frames; false at the limit. */
static bool charge_frames(struct mm_domain *md, unsigned long nr)
{
	unsigned long seen = READ_ONCE(md->nr_frames);

	do {
		if (seen > md->max_frames || nr > md->max_frames - seen)
			return false;
	} while (!__atomic_compare_exchange_n(&md->nr_frames, &seen, seen + nr, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

/* Hand one fresh frame over, empty of what its last owner left. */
static void give_frame(struct mm_domain *md, mfn_t mfn)
{
	struct frame *f = frame_of(mfn);
	void *page;

	BUG_ON((f->count & COUNT_REFS) || f->type || f->owner);	/* INV-4 */
	page = arch_map_frame(mfn);
	memset(page, 0, PAGE_SIZE);
	arch_unmap_frame(page);
	f->link = 0;
	f->owner = md;
	/* The count is what makes it visible to frame_get(): last. */
	__atomic_store_n(&f->count, COUNT_ALLOCATED | 1, __ATOMIC_RELEASE);
}

mfn_t mm_alloc_frames(struct mm_domain *md, unsigned int order, unsigned int address_bits)
{
	unsigned long nr, i, limit = 0;
	mfn_t first;

	if (order > 18 || md->dying)
		return INVALID_MFN;
	nr = 1UL << order;
	if (address_bits && address_bits < PAGE_SHIFT + 8 * sizeof(limit))
		limit = address_bits > PAGE_SHIFT ? 1UL << (address_bits - PAGE_SHIFT) : 1;
	if (!charge_frames(md, nr))
		return INVALID_MFN;
	first = frames_alloc(nr, nr, limit);
	if (mfn_eq(first, INVALID_MFN)) {
		__atomic_sub_fetch(&md->nr_frames, nr, __ATOMIC_SEQ_CST);
		return INVALID_MFN;
	}
	for (i = 0; i < nr; i++)
		give_frame(md, MFN(first.v + i));
	spin_lock(&md->lock);
	md->low_mfn = MIN(md->low_mfn, first.v);
	md->high_mfn = MAX(md->high_mfn, first.v + nr);
	spin_unlock(&md->lock);
	return first;
}

mfn_t mm_alloc_frame(struct mm_domain *md)
{
	return mm_alloc_frames(md, 0, 0);
}

int mm_release_frame(struct mm_domain *md, mfn_t mfn)
{
	struct frame *f;
	u32 seen;

	if (mfn.v >= max_mfn)
		return -EINVAL;
	f = frame_of(mfn);
	do {
		seen = READ_ONCE(f->count);
		if (!(seen & COUNT_ALLOCATED) || READ_ONCE(f->owner) != md)
			return -EINVAL;
	} while (!cmpxchg_u32(&f->count, seen, seen & ~COUNT_ALLOCATED));
	m2p_set(mfn, INVALID_PFN);
	frame_put(mfn);
	return 0;
}

void mm_share_page(struct mm_domain *md, void *va)
{
	struct frame *f = frame_of(va_to_mfn(va));

	BUG_ON((f->count & COUNT_REFS) || f->type || f->owner);	/* INV-4 */
	/*
	 * The monitor writes the page whenever it likes, so it holds a writable
	 * reference: else a guest could make the page a table, and what we
	 * write there would be entries nobody checked.
	 */
	f->type = ((u32)FT_WRITABLE << TYPE_SHIFT) | 1;
	f->owner = md;
	__atomic_store_n(&f->count, COUNT_HEAP | 1, __ATOMIC_RELEASE);
}

void mm_unshare_page(struct mm_domain *md, void *va)
{
	mfn_t mfn = va_to_mfn(va);
	struct frame *f = frame_of(mfn);

	BUG_ON(!(f->count & COUNT_HEAP) || f->owner != md);
	/* No owner, no new references; the domain's structure may go before the page. */
	f->owner = NULL;
	type_put(mfn, md);
	frame_put(mfn);
}
