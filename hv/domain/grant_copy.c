// SPDX-License-Identifier: MIT
/*
 * Copying between granted frames without mapping them. ABI 6.5.
 * Called by hypercall/grant.c.
 */
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/string.h"

/* One side of a copy, resolved: a frame that is held. */
struct side {
	struct grant_use use;	/* granter and mfn: referenced; a target's also as writable */
	bool by_ref;
};

/* From whom, and the frame by reference or by number. GNTST_*. */
static s16 side_find(struct domain *d, const struct gnttab_copy_ptr *p, struct side *s)
{
	domid_t dom = p->domid == DOMID_SELF ? (domid_t)d->id : p->domid;

	/* Naming a frame outright is for one's own: else nobody would need grants. */
	if (!s->by_ref && dom != d->id)
		return GNTST_permission_denied;
	s->use.granter = dom < DOMID_FIRST_RESERVED ? domain_get(dom) : NULL;
	if (!s->use.granter)
		return GNTST_bad_domain;
	if (!s->by_ref) {
		s->use.mfn = MFN(p->u.gmfn);
		return GNTST_okay;
	}
	s->use.ref = p->u.ref;
	return grant_pin(d, &s->use);
}

/* References on the frame; a target must not be a page table. GNTST_*. */
static s16 side_hold(struct side *s)
{
	struct mm_domain *md = &s->use.granter->mm;
	int rc = 0;

	if (!mfn_is_valid(s->use.mfn) || !frame_get(s->use.mfn, md))
		return GNTST_bad_page;
	if (s->use.write)
		rc = frame_get_type(s->use.mfn, md, FT_WRITABLE);
	if (!rc)
		return GNTST_okay;
	frame_put(s->use.mfn);
	return GNTST_bad_page;
}

static s16 side_get(struct domain *d, const struct gnttab_copy_ptr *p, struct side *s)
{
	s16 status = side_find(d, p, s);

	if (status) {
		if (s->use.granter)
			domain_put(s->use.granter);
		return status;
	}
	status = side_hold(s);
	if (status) {
		if (s->by_ref)
			grant_unpin(&s->use);
		domain_put(s->use.granter);
	}
	return status;
}

static void side_put(const struct side *s)
{
	if (s->use.write)
		frame_put_type(s->use.mfn, &s->use.granter->mm);
	frame_put(s->use.mfn);
	if (s->by_ref)
		grant_unpin(&s->use);
	domain_put(s->use.granter);
}

static s16 copy_between(struct domain *d, const struct gnttab_copy *op)
{
	struct side from = { .by_ref = op->flags & GNTCOPY_source_gref };
	struct side to = { .use = { .write = true },
			   .by_ref = op->flags & GNTCOPY_dest_gref };
	const char *src;
	char *dst;
	s16 status;

	status = side_get(d, &op->source, &from);
	if (status)
		return status;
	status = side_get(d, &op->dest, &to);
	if (status) {
		side_put(&from);
		return status;
	}
	src = arch_map_frame(from.use.mfn);
	dst = arch_map_frame(to.use.mfn);
	/* One frame may be both sides, and the ranges overlap. */
	if (mfn_eq(from.use.mfn, to.use.mfn))
		memmove(dst + op->dest.offset, dst + op->source.offset, op->len);
	else
		memcpy(dst + op->dest.offset, src + op->source.offset, op->len);
	arch_unmap_frame(dst);
	arch_unmap_frame(src);
	side_put(&to);
	side_put(&from);
	return GNTST_okay;
}

void grant_copy(struct domain *d, struct gnttab_copy *op)
{
	if ((u32)op->source.offset + op->len > PAGE_SIZE ||
	    (u32)op->dest.offset + op->len > PAGE_SIZE)
		op->status = GNTST_bad_copy_arg;
	else
		op->status = copy_between(d, op);
}
