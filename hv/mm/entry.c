/* SPDX-License-Identifier: MIT */
/*
 * One page-table entry: what it may say, and the references it stands for
 * (INV-5). Called by table.c for whole tables and by update.c for changes.
 */
#include "mm/internal.h"
#include "platform/platform.h"

int entry_clean(const struct pt_level *row, pte_t *entry)
{
	u64 refused = row->must_be_zero;

	/* Reserved bits would fault in the guest, or worse one day mean something. */
	if (unlikely(!cpu_has_nx))
		refused |= PTE_NX;
	if (*entry & refused)
		return -EINVAL;
	*entry = (*entry & ~row->stripped) | row->forced;
	return 0;
}

int leaf_get(pte_t entry, struct mm_domain *frame_owner)
{
	mfn_t mfn = pte_mfn(entry);
	int err;

	if (!frame_get(mfn, frame_owner))
		return mfn_is_valid(mfn) ? -EPERM : -EINVAL;
	if (!(entry & PTE_RW))
		return 0;
	/* INV-1: a table or descriptor page never becomes writable. */
	err = type_get(mfn, frame_owner, FT_WRITABLE, NULL);
	if (err)
		frame_put(mfn);
	return err;
}

void leaf_put(pte_t entry, struct mm_domain *pt_owner)
{
	mfn_t mfn = pte_mfn(entry);

	/* INV-9: its owner can't know that this guest still needs a flush. */
	if (frame_of(mfn)->owner != pt_owner)
		tlb_flush_later();
	if (entry & PTE_RW)
		type_put(mfn, pt_owner);
	frame_put(mfn);
}

/* All 8 bytes at once: the CPU may walk the table while we change it. */
void entry_publish(pte_t *entry, pte_t val)
{
	pte_t seen;

	do {
		seen = READ_ONCE(*entry);
	} while (!cmpxchg_u64(entry, seen, val));
}

void entry_publish_keep_ad(pte_t *entry, pte_t val)
{
	pte_t seen;

	do {
		seen = READ_ONCE(*entry);
	} while (!cmpxchg_u64(entry, seen, val | (seen & (PTE_A | PTE_D))));
}
