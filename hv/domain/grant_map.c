// SPDX-License-Identifier: MIT
/*
 * Mapping and unmapping granted frames, and the handles in between.
 *
 * Called by hypercall/grant.c, and by a dying domain's end. ABI 6.5.
 *
 * INV-4: a handle remembers the page-table entry's machine address, whatever
 * the guest named. An address space may be switched or changed between map and
 * unmap, but a foreign entry can't be moved or copied by the guest: either it
 * is still there, and unmap clears it, or its reference has been dropped. So
 * when the pin goes and the granter believes its page to be its own again, no
 * entry maps it.
 */
#include "domain/domain.h"
#include "domain/trace.h"
#include "lib/errno.h"

#define HANDLE_NONE UINT32_MAX
#define MAX_HANDLES (GRANT_MAPTRACK_PAGES * GRANT_MAPTRACK_PER_PAGE)
#define KNOWN_FLAGS                                                        \
	(GNTMAP_device_map | GNTMAP_host_map | GNTMAP_readonly |          \
	 GNTMAP_application_map | GNTMAP_contains_pte | GNTMAP_guest_avail_mask)
#define PTE_AVAIL_SHIFT 9

/* ---- handles ---- */

/* Any slot in the table, free or not; NULL: no such page. Lock held. */
static struct grant_maptrack *slot_of(const struct grant_table *t, u32 handle)
{
	struct grant_maptrack *page;

	if (handle >= MAX_HANDLES)
		return NULL;
	page = t->maptrack[handle / GRANT_MAPTRACK_PER_PAGE];
	return page ? &page[handle % GRANT_MAPTRACK_PER_PAGE] : NULL;
}

/* Take the lowest free handle; HANDLE_NONE if there is none. Lock held. */
static u32 handle_reserve(struct domain *d, struct domain *granter)
{
	struct grant_table *t = &d->grants;
	struct grant_maptrack **page, *slot;

	for (u32 h = t->first_free; h < MAX_HANDLES; h++) {
		page = &t->maptrack[h / GRANT_MAPTRACK_PER_PAGE];
		if (!*page)
			*page = domain_heap_alloc(d, 1);
		if (!*page)
			break;
		slot = slot_of(t, h);
		t->first_free = h;
		if (slot->use.granter)
			continue;
		slot->use.granter = granter;
		return h;
	}
	return HANDLE_NONE;
}

/* Lock held. */
static void handle_free(struct grant_table *t, u32 handle)
{
	*slot_of(t, handle) = (struct grant_maptrack){ .mapped = false };
	t->first_free = MIN(t->first_free, handle);
}

/* ---- map ---- */

static bool is_writable(u32 flags)
{
	return !(flags & GNTMAP_readonly);
}

static u64 pte_flags(u32 flags)
{
	u64 avail = flags >> _GNTMAP_guest_avail0;

	return PTE_P | PTE_A | PTE_D | (is_writable(flags) ? PTE_RW : 0) |
	       (flags & GNTMAP_application_map ? PTE_US : 0) |
	       ((avail << PTE_AVAIL_SHIFT) & PTE_AVAIL);
}

static struct pt_ctx ctx_for(struct domain *d, struct domain *granter)
{
	struct vcpu *v = current_vcpu();

	return (struct pt_ctx){
		.pt_owner = &d->mm,
		.frame_owner = &granter->mm,
		.root = v->arch.root,
		.work = &v->work,
	};
}

/* The machine address of the entry to write. GNTST_*. */
static s16 find_entry(const struct gnttab_map_grant_ref *op, mfn_t root, u64 *entry)
{
	maddr_t where;
	pte_t old;

	*entry = op->host_addr;
	if (op->flags & GNTMAP_contains_pte)
		return GNTST_okay;
	if (op->host_addr != (unsigned long)op->host_addr ||
	    !pt_walk(root, (unsigned long)op->host_addr, &old, &where))
		return GNTST_bad_virt_addr;
	*entry = where.v;
	return GNTST_okay;
}

/* Write the entry; the pin is held. GNTST_*. */
static s16 map_frame(const struct pt_ctx *ctx, const struct grant_maptrack *m, u32 flags)
{
	mfn_t mfn = m->use.mfn;
	int rc;

	/* Said apart from a bad entry: the granter named a frame that isn't its own. */
	if (!mfn_is_valid(mfn) || !frame_get(mfn, ctx->frame_owner))
		return GNTST_bad_page;
	rc = pt_map_foreign_pte(ctx, MADDR(m->entry), mfn, pte_flags(flags));
	frame_put(mfn);
	return rc ? GNTST_general_error : GNTST_okay;
}

/* Find, pin, map: what m says. GNTST_*. */
static s16 map_pinned(struct domain *d, const struct gnttab_map_grant_ref *op,
		      struct grant_maptrack *m)
{
	struct pt_ctx ctx = ctx_for(d, m->use.granter);
	s16 status;

	status = find_entry(op, ctx.root, &m->entry);
	if (status)
		return status;
	status = grant_pin(d, &m->use);
	if (status)
		return status;
	status = map_frame(&ctx, m, op->flags);
	if (status)
		grant_unpin(&m->use);
	return status;
}

/* All but the granter's reference. GNTST_*. */
static s16 map_from(struct domain *d, struct domain *granter, struct gnttab_map_grant_ref *op)
{
	struct grant_table *t = &d->grants;
	struct grant_maptrack m = { .use = { .granter = granter,
					     .ref = op->ref,
					     .write = is_writable(op->flags) },
				    .host_addr = op->host_addr,
				    .mapped = true };
	u32 handle;
	s16 status;

	/* First, so that nothing is left to fail once the guest can see the frame. */
	spin_lock(&t->lock);
	handle = handle_reserve(d, granter);
	spin_unlock(&t->lock);
	if (handle == HANDLE_NONE)
		return GNTST_no_space;
	status = map_pinned(d, op, &m);
	spin_lock(&t->lock);
	if (status) {
		handle_free(t, handle);
	} else {
		*slot_of(t, handle) = m;
		trace_grant(TRACE_GR_MAP, granter, op->ref, m.use.mfn.v);
	}
	spin_unlock(&t->lock);
	op->handle = handle;
	op->dev_bus_addr = mfn_to_maddr(m.use.mfn).v;
	return status;
}

void grant_map(struct domain *d, struct gnttab_map_grant_ref *op)
{
	struct domain *granter;

	if (!(op->flags & GNTMAP_host_map) || (op->flags & ~(u32)KNOWN_FLAGS)) {
		/* There is no IOMMU: devices see what is mapped, at its machine address. */
		op->status = GNTST_general_error;
		return;
	}
	granter = op->dom < DOMID_FIRST_RESERVED ? domain_get(op->dom) : NULL;
	if (!granter) {
		op->status = GNTST_bad_domain;
		return;
	}
	op->status = map_from(d, granter, op);
	/* The handle keeps the reference, so that unmapping outlives the granter. */
	if (op->status)
		domain_put(granter);
}

/* ---- unmap ---- */

/*
 * Take a mapping out of its handle, which stays reserved: *m, if it is one.
 * Lock held.
 */
static bool handle_take(struct grant_table *t, u32 handle, struct grant_maptrack *m)
{
	struct grant_maptrack *slot = slot_of(t, handle);

	if (!slot || !slot->mapped)
		return false;
	*m = *slot;
	slot->mapped = false;
	return true;
}

/* Begin to unmap what is known by both handle and address. GNTST_*. */
static s16 unmap_begin(struct domain *d, u32 handle, u64 host_addr, struct grant_maptrack *m)
{
	struct grant_table *t = &d->grants;
	s16 status = GNTST_okay;

	spin_lock(&t->lock);
	if (!handle_take(t, handle, m)) {
		status = GNTST_bad_handle;
	} else if (m->host_addr != host_addr) {
		slot_of(t, handle)->mapped = true;
		status = GNTST_bad_virt_addr;
	}
	spin_unlock(&t->lock);
	return status;
}

/* The entry is gone: so are handle, pin and reference. */
static void unmap_end(struct domain *d, u32 handle, const struct grant_maptrack *m)
{
	trace_grant(TRACE_GR_UNMAP, m->use.granter, m->use.ref, m->use.mfn.v);
	spin_lock(&d->grants.lock);
	handle_free(&d->grants, handle);
	spin_unlock(&d->grants.lock);
	grant_unpin(&m->use);
	domain_put(m->use.granter);
}

void grant_unmap(struct domain *d, struct gnttab_unmap_grant_ref *op)
{
	struct grant_maptrack m;
	struct pt_ctx ctx;

	op->status = unmap_begin(d, op->handle, op->host_addr, &m);
	if (op->status)
		return;
	ctx = ctx_for(d, m.use.granter);
	/* An entry that maps something else by now has dropped its reference. */
	if (pt_unmap_foreign_pte(&ctx, MADDR(m.entry), m.use.mfn))
		log_at(LOG_DEBUG, "d%u unmaps grant %u, which it had replaced\n", d->id,
		       m.use.ref);
	unmap_end(d, op->handle, &m);
}

/* Put the mapping at new_gva where m is. GNTST_*. */
static s16 replace(struct domain *d, const struct grant_maptrack *m, u64 new_gva)
{
	struct pt_ctx ctx = ctx_for(d, m->use.granter);

	if (new_gva != (unsigned long)new_gva)
		return GNTST_bad_virt_addr;
	if (!new_gva) /* nothing is to come there */
		return pt_unmap_foreign_pte(&ctx, MADDR(m->entry), m->use.mfn)
			       ? GNTST_general_error
			       : GNTST_okay;
	return pt_replace_foreign_pte(&ctx, MADDR(m->entry), m->use.mfn, (unsigned long)new_gva)
		       ? GNTST_general_error
		       : GNTST_okay;
}

void grant_unmap_and_replace(struct domain *d, struct gnttab_unmap_and_replace *op)
{
	struct grant_table *t = &d->grants;
	struct grant_maptrack m;

	op->status = unmap_begin(d, op->handle, op->host_addr, &m);
	if (op->status)
		return;
	op->status = replace(d, &m, op->new_addr);
	if (!op->status) {
		unmap_end(d, op->handle, &m);
		return;
	}
	/* Nothing has changed, so it goes on being a mapping. */
	spin_lock(&t->lock);
	slot_of(t, op->handle)->mapped = true;
	spin_unlock(&t->lock);
}

void grant_release_mappings(struct domain *d)
{
	struct grant_table *t = &d->grants;
	struct grant_maptrack m;
	bool taken;

	for (u32 h = 0; h < MAX_HANDLES; h++) {
		spin_lock(&t->lock);
		taken = handle_take(t, h, &m);
		spin_unlock(&t->lock);
		if (!taken)
			continue;
		/* The entry goes with its table; this domain never runs again. */
		unmap_end(d, h, &m);
	}
}
