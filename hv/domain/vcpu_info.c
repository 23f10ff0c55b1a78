/* SPDX-License-Identifier: MIT */
/*
 * A vcpu_info of the guest's own choosing, instead of its place in shared_info.
 * Called by hypercall/vcpu.c and a domain's end. ABI 2.3 (24.10).
 *
 * The frame is held by an ordinary and a writable reference for as long as we
 * write to it: without the latter the guest could make the page a table, and
 * our bits in it would be entries that nobody checked.
 */
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/string.h"

/* References and a mapping of it; NULL: -errno in *rc. */
static void *hold_page(struct domain *d, mfn_t mfn, long *rc)
{
	void *page;

	*rc = -EINVAL;
	if (!mfn_is_valid(mfn) || !frame_get(mfn, &d->mm))
		return NULL;
	if (frame_get_type(mfn, &d->mm, FT_WRITABLE))
		goto put;
	page = arch_map_lasting(mfn);
	if (page)
		return page;
	*rc = -ENOMEM;
	frame_put_type(mfn, &d->mm);
put:
	frame_put(mfn);
	return NULL;
}

long vcpu_register_info(struct vcpu *v, u64 mfn, u32 offset)
{
	struct vcpu_info *old = v->info;
	void *page;
	long rc;

	/* Once only: the ABI has no way to give the first one back. */
	if (v->info_page || mfn != (unsigned long)mfn ||
	    offset > PAGE_SIZE - sizeof(*old) || offset % __alignof__(*old))
		return -EINVAL;
	page = hold_page(v->domain, MFN((unsigned long)mfn), &rc);
	if (!page)
		return rc;
	v->info_page = page;
	v->info_mfn = MFN((unsigned long)mfn);
	/* They may overlap: nothing forbids a place in shared_info itself. */
	memmove((char *)page + offset, old, sizeof(*old));
	v->info = (struct vcpu_info *)(void *)((char *)page + offset);
	vcpu_update_time(v);
	/* An event that came to the old one meanwhile would be lost: look at all. */
	__atomic_store_n(&v->info->evtchn_pending_sel, ~0UL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
	vcpu_kick(v);
	return 0;
}

void vcpu_release_info(struct vcpu *v)
{
	struct domain *d = v->domain;

	if (!v->info_page)
		return;
	v->info = &d->shared->vcpu_info[v->id];
	arch_unmap_lasting(v->info_page);
	v->info_page = NULL;
	frame_put_type(v->info_mfn, &d->mm);
	frame_put(v->info_mfn);
}
