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

static void hand_over(struct mm_domain *md, mfn_t mfn)
{
	struct frame *f = frame_of(mfn);

	BUG_ON((f->count & COUNT_REFS) || f->type || f->owner);	/* INV-4 */
	f->link = 0;
	f->owner = md;
	/* The count is what makes it visible to frame_get(): last. */
	__atomic_store_n(&f->count, COUNT_ALLOCATED | 1, __ATOMIC_RELEASE);
}

/* Hand one fresh frame over, empty of what its last owner left. */
static void give_frame(struct mm_domain *md, mfn_t mfn)
{
	void *page = arch_map_frame(mfn);

	memset(page, 0, PAGE_SIZE);
	arch_unmap_frame(page);
	hand_over(md, mfn);
}

static void widen_range(struct mm_domain *md, mfn_t first, unsigned long nr)
{
	spin_lock(&md->lock);
	md->low_mfn = MIN(md->low_mfn, first.v);
	md->high_mfn = MAX(md->high_mfn, first.v + nr);
	spin_unlock(&md->lock);
}

/* Free frames of the machine, in a run below 2^address_bits: not yet anybody's. */
static mfn_t find_frames(unsigned long nr, unsigned int address_bits)
{
	unsigned long limit = 0;

	if (address_bits && address_bits < PAGE_SHIFT + 8 * sizeof(limit))
		limit = address_bits > PAGE_SHIFT ? 1UL << (address_bits - PAGE_SHIFT) : 1;
	return frames_alloc(nr, nr, limit);
}

/* Make a run of free frames md's, which has been charged for them. */
static void give_frames(struct mm_domain *md, mfn_t first, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		give_frame(md, MFN(first.v + i));
	widen_range(md, first, nr);
}

mfn_t mm_alloc_frames(struct mm_domain *md, unsigned int order, unsigned int address_bits)
{
	unsigned long nr;
	mfn_t first;

	if (order > 18 || md->dying)
		return INVALID_MFN;
	nr = 1UL << order;
	if (!charge_frames(md, nr))
		return INVALID_MFN;
	first = find_frames(nr, address_bits);
	if (mfn_eq(first, INVALID_MFN))
		__atomic_sub_fetch(&md->nr_frames, nr, __ATOMIC_SEQ_CST);
	else
		give_frames(md, first, nr);
	return first;
}

mfn_t mm_alloc_frame(struct mm_domain *md)
{
	return mm_alloc_frames(md, 0, 0);
}

int mm_adopt_frame(struct mm_domain *md, mfn_t mfn)
{
	if (!charge_frames(md, 1))
		return -ENOMEM;
	hand_over(md, mfn);
	widen_range(md, mfn, 1);
	return 0;
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

/* ---- exchange ---- */

/* Take a frame that nothing but its allocation refers to: at 0 no get succeeds. */
static bool steal_frame(struct mm_domain *md, mfn_t mfn)
{
	struct frame *f;

	if (mfn.v >= max_mfn)
		return false;
	f = frame_of(mfn);
	return READ_ONCE(f->owner) == md &&
	       cmpxchg_u32(&f->count, COUNT_ALLOCATED | 1, 0);
}

static void unsteal_frames(const mfn_t *frames, unsigned int nr)
{
	while (nr--)
		frame_of(frames[nr])->count = COUNT_ALLOCATED | 1;
}

static void free_stolen(mfn_t mfn)
{
	struct frame *f = frame_of(mfn);

	BUG_ON(f->type & (TYPE_REFS | TYPE_PINNED | TYPE_HELD)); /* INV-3 */
	f->type = 0;
	f->link = 0;
	f->owner = NULL;
	m2p_set(mfn, INVALID_PFN);
	frames_free(mfn, 1);
}

int mm_exchange_frames(struct mm_domain *md, const struct mm_exchange *x)
{
	unsigned int run = 1u << x->order, nr_runs = x->nr_frames >> x->order, i, got;
	int err = 0;

	for (got = 0; got < nr_runs && !err; got += !err) {
		x->out[got] = find_frames(run, x->address_bits);
		if (mfn_eq(x->out[got], INVALID_MFN))
			err = -ENOMEM;
	}
	for (i = 0; i < x->nr_frames && !err; i += !err)
		if (!steal_frame(md, x->in[i]))
			err = -EINVAL;
	if (err) {
		unsteal_frames(x->in, i);
		while (got--)
			frames_free(x->out[got], run);
		return err;
	}
	for (i = 0; i < x->nr_frames; i++)
		free_stolen(x->in[i]);
	/* The guest could go on using what it gave through its TLB otherwise. */
	tlb_flush_later();
	for (i = 0; i < nr_runs; i++)
		give_frames(md, x->out[i], run);
	return 0;
}

/* ---- pages of the monitor's ---- */

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

bool mm_shared_page_in_use(const void *va)
{
	return (READ_ONCE(frame_of(va_to_mfn(va))->count) & COUNT_REFS) > 1;
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
