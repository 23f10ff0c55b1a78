/* SPDX-License-Identifier: MIT */
/*
 * Descriptor pages: 512 checked descriptors, never writable to the guest.
 * Called by set_gdt, set_ldt and update_descriptor. ABI 2.1, 4.8.
 */
#include "mm/internal.h"
#include "platform/platform.h"

#define DESCS_PER_PAGE (PAGE_SIZE / sizeof(desc_t))

int descpage_validate(mfn_t mfn)
{
	desc_t *page = arch_map_frame(mfn);
	unsigned int i;
	int err = 0;

	for (i = 0; i < DESCS_PER_PAGE && !err; i++) {
		desc_t stands = READ_ONCE(page[i]), d = stands;

		/* A segment that reaches us, or a gate into us, would end isolation. */
		if (!desc_check(&d, &guest_desc_rules))
			err = -EINVAL;
		else if (d != stands)
			entry_publish(&page[i], d);
	}
	arch_unmap_frame(page);
	return err;
}

int mm_update_descriptor(struct mm_domain *md, maddr_t where, desc_t d)
{
	mfn_t mfn = maddr_to_mfn(where);
	enum frame_type type;
	desc_t *page;
	int err;

	if ((where.v & (sizeof(d) - 1)) || where.v >> PAGE_SHIFT >= max_mfn)
		return -EINVAL;
	if (!desc_check(&d, &guest_desc_rules) || !frame_get(mfn, md))
		return -EINVAL;
	spin_lock(&md->lock);
	/* A live table takes one descriptor at a time, whole; else a plain store. */
	type = frame_type(mfn) == FT_SEGDESC ? FT_SEGDESC : FT_WRITABLE;
	err = type_get(mfn, md, type, NULL);
	if (!err) {
		page = arch_map_frame(mfn);
		entry_publish(&page[(where.v & ~PAGE_MASK) / sizeof(d)], d);
		arch_unmap_frame(page);
		type_put(mfn, md);
	}
	spin_unlock(&md->lock);
	frame_put(mfn);
	return err ? -EINVAL : 0;
}
