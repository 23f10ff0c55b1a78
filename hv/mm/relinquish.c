/* SPDX-License-Identifier: MIT */
/*
 * A dying domain's memory: pins, then allocation references, frame by frame.
 * Called by domain_destroy(). What its tables map goes as they are taken
 * apart; what others still map goes when they let go.
 */
#include "mm/internal.h"
#include "platform/platform.h"

/* Take one frame's pin and allocation back. */
static void relinquish_frame(struct mm_domain *md, mfn_t mfn)
{
	struct frame *f = frame_of(mfn);

	if (READ_ONCE(f->owner) != md)
		return;
	if (f->type & TYPE_PINNED) {
		f->type &= ~TYPE_PINNED;
		table_ref_put(mfn, md);
	}
	/* Not an error if the guest has given it back already. */
	if ((f->count & COUNT_ALLOCATED) && mm_release_frame(md, mfn))
		BUG();
}

int mm_relinquish(struct mm_domain *md, struct mm_work *work)
{
	int err;

	md->dying = true;
	ASSERT(!work->root);	/* a record's references would keep tables alive */
	spin_lock(&md->lock);
	md->relinquish_mfn = MAX(md->relinquish_mfn, md->low_mfn);
	for (;;) {
		err = table_drain_locked(md, work);
		if (err || md->relinquish_mfn >= md->high_mfn)
			break;
		if (!work->budget) {
			err = -ERESTART;
			break;
		}
		work->budget--;
		relinquish_frame(md, MFN(md->relinquish_mfn++));
	}
	spin_unlock(&md->lock);
	return err;
}
