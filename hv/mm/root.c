/* SPDX-License-Identifier: MIT */
/*
 * Pins, and the root in the form the hardware gets. Called by mmuext_op, the
 * builder, and the width folder when it loads a root.
 */
#include "mm/internal.h"
#include "platform/platform.h"

/*
 * [tour: page-table-update 11] A pin is one more use as a table, held by
 * nobody's entry: the guest keeps a process's tables validated while it isn't
 * running.
 */
int mm_pin(struct mm_domain *md, mfn_t mfn, enum frame_type type, struct mm_work *work)
{
	struct frame *f;
	int err;

	/* A pinned L2X could get a second use: INV-10. */
	if (!is_table_type(type) || !pt_levels[type].level || pt_levels[type].single_use)
		return -EINVAL;
	if (mfn.v >= max_mfn)
		return -EINVAL;
	f = frame_of(mfn);
	spin_lock(&md->lock);
	if (f->owner == md && (f->type & TYPE_PINNED)) {
		err = -EINVAL;
		goto out;
	}
	err = table_get_locked(md, mfn, type, work);
	if (err)
		goto out;
	BUG_ON(f->type & TYPE_PINNED);	/* the lock was held since we asked */
	f->type |= TYPE_PINNED;
out:
	spin_unlock(&md->lock);
	return err;
}

int mm_unpin(struct mm_domain *md, mfn_t mfn, struct mm_work *work)
{
	struct frame *f;
	int err;

	if (mfn.v >= max_mfn)
		return -EINVAL;
	f = frame_of(mfn);
	spin_lock(&md->lock);
	if (f->owner == md && (f->type & TYPE_PINNED)) {
		f->type &= ~TYPE_PINNED;
		table_ref_put(mfn, md);
		err = table_drain_locked(md, work);
	} else {
		err = -EINVAL;
	}
	spin_unlock(&md->lock);
	return err;
}

void root_read_shadow(mfn_t root, pte_t *shadow)
{
	const struct pt_level *row = &pt_levels[root_type];
	const pte_t *table = arch_map_frame(root);
	unsigned int slot;

	ASSERT(type_is(frame_of(root)->type, root_type));
	for (slot = 0; slot < row->nr_slots; slot++) {
		pte_t e = READ_ONCE(table[slot]);

		shadow[slot] = e & PTE_P ? e & root_shadow_bits : 0;
	}
	arch_unmap_frame(table);
}
