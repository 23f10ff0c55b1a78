// SPDX-License-Identifier: MIT
/*
 * A domain's grant table: entries, who uses them, size.
 *
 * Called by hypercall/grant.c, the builder, a domain's end, and by
 * grant_map.c and grant_copy.c to use an entry. ABI 6.5.
 *
 * The table's pages are written by the guest at any time, so each entry is
 * read once into locals and claimed by one cmpxchg on its flags and domid.
 * What counts afterwards is our own struct grant_pin:
 *
 * INV-1: an entry's GTF_reading is set by us while readers + writers > 0, its
 *        GTF_writing while writers > 0. A guest that clears them loses the
 *        knowledge that its page is in use, nothing else.
 * INV-2: every use checks the entry anew, and that it still grants the frame
 *        in use; a pin is no licence for more.
 * INV-3: a mapped frame is held by its page-table entry's reference. Pins hold
 *        none, so a granter may die and its frames live until unmapped.
 */
#include "domain/domain.h"
#include "lib/errno.h"

/* Tries to claim an entry that its owner keeps changing. */
#define CLAIM_TRIES 5

static u32 entry_word(u16 flags, u16 domid)
{
	return flags | (u32)domid << 16;
}

/* The entry's flags and domid as the one word they are claimed by. */
static u32 *word_of(grant_entry_v1_t *e)
{
	return (u32 *)(void *)e;
}

/* Lock held. NULL: no such entry. */
static grant_entry_v1_t *entry_of(const struct domain *d, u32 ref)
{
	if (ref >= d->grants.nr_frames * GRANTS_PER_FRAME)
		return NULL;
	return &d->grants.frames[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

/* Lock held. NULL: never in use, and no memory to say otherwise if `make`. */
static struct grant_pin *pin_of(struct domain *d, u32 ref, bool make)
{
	struct grant_pin **page = &d->grants.pins[ref / GRANTS_PER_FRAME];

	if (!*page && make)
		*page = domain_heap_alloc(d, GRANT_PIN_PAGES);
	return *page ? &(*page)[ref % GRANTS_PER_FRAME] : NULL;
}

static bool in_use(const struct grant_pin *p)
{
	return p->readers || p->writers;
}

/* Set the use bits of an entry that grants `user` what it wants; GNTST_*. */
static s16 claim(grant_entry_v1_t *e, const struct domain *user, bool write)
{
	u16 want = GTF_reading | (write ? GTF_writing : 0), flags;
	u32 seen;

	for (unsigned int i = 0; i < CLAIM_TRIES; i++) {
		seen = READ_ONCE(*word_of(e));
		flags = (u16)seen;
		/* Transitive and transfer entries are refused here as well. */
		if ((flags & GTF_type_mask) != GTF_permit_access)
			return GNTST_bad_gntref;
		/* Otherwise anybody could map what was granted to one. */
		if (seen >> 16 != user->id)
			return GNTST_general_error;
		if (write && (flags & GTF_readonly))
			return GNTST_general_error;
		if (cmpxchg_u32(word_of(e), seen, entry_word(flags | want, (u16)user->id)))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

/* Clear the use bits that no pin asks for any more. */
static void unclaim(grant_entry_v1_t *e, const struct grant_pin *p)
{
	u16 clear = 0;

	if (!p->writers)
		clear |= GTF_writing;
	if (!in_use(p))
		clear |= GTF_reading;
	if (clear)
		__atomic_fetch_and(&e->flags, (u16)~clear, __ATOMIC_SEQ_CST);
}

/* Claim and count. Lock held. */
static s16 pin_locked(const struct domain *user, struct grant_use *use)
{
	grant_entry_v1_t *e = entry_of(use->granter, use->ref);
	struct grant_pin *p;
	u32 frame;
	s16 status;

	if (!e)
		return GNTST_bad_gntref;
	p = pin_of(use->granter, use->ref, true);
	if (!p || p->readers == UINT16_MAX || p->writers == UINT16_MAX)
		return GNTST_no_space;
	status = claim(e, user, use->write);
	if (status)
		return status;
	frame = READ_ONCE(e->frame);
	if (in_use(p) && (p->mfn != frame || p->domid != user->id)) {
		unclaim(e, p);
		return GNTST_general_error;
	}
	p->mfn = frame;
	p->domid = (u16)user->id;
	if (use->write)
		p->writers++;
	else
		p->readers++;
	use->mfn = MFN(frame);
	return GNTST_okay;
}

s16 grant_pin(const struct domain *user, struct grant_use *use)
{
	spinlock_t *lock = &use->granter->grants.lock;
	s16 status;

	spin_lock(lock);
	status = pin_locked(user, use);
	spin_unlock(lock);
	return status;
}

void grant_unpin(const struct grant_use *use)
{
	struct domain *d = use->granter;
	struct grant_pin *p;
	grant_entry_v1_t *e;

	spin_lock(&d->grants.lock);
	e = entry_of(d, use->ref);
	/* A domain that died before its user took the table with it. */
	if (e) {
		p = pin_of(d, use->ref, false);
		BUG_ON(!p || !(use->write ? p->writers : p->readers));
		if (use->write)
			p->writers--;
		else
			p->readers--;
		unclaim(e, p);
	}
	spin_unlock(&d->grants.lock);
}

/* ---- the table's life ---- */

/* Make it at least nr frames large; lock held. False: no memory. */
static bool grow(struct domain *d, unsigned int nr)
{
	struct grant_table *t = &d->grants;
	grant_entry_v1_t *page;

	while (t->nr_frames < nr) {
		page = domain_heap_alloc(d, 1);
		if (!page)
			return false;
		mm_share_page(&d->mm, page);
		t->frames[t->nr_frames++] = page;
	}
	return true;
}

int grant_table_init(struct domain *d)
{
	d->grants = (struct grant_table){ .lock = SPINLOCK_INIT };
	return grow(d, 1) ? 0 : -ENOMEM;
}

bool grant_table_in_use(const struct domain *d)
{
	for (unsigned int i = 0; i < d->grants.nr_frames; i++)
		if (mm_shared_page_in_use(d->grants.frames[i]))
			return true;
	return false;
}

void grant_table_destroy(struct domain *d)
{
	struct grant_table *t = &d->grants;
	unsigned int nr;

	spin_lock(&t->lock);
	nr = t->nr_frames;
	t->nr_frames = 0;
	for (unsigned int i = 0; i < nr; i++) {
		domain_unshare_page(d, t->frames[i]);
		t->frames[i] = NULL;
		domain_heap_free(d, t->pins[i], GRANT_PIN_PAGES);
		t->pins[i] = NULL;
	}
	for (unsigned int i = 0; i < GRANT_MAPTRACK_PAGES; i++) {
		domain_heap_free(d, t->maptrack[i], 1);
		t->maptrack[i] = NULL;
	}
	spin_unlock(&t->lock);
}

void grant_set_entry(struct domain *d, u32 ref, unsigned int to, mfn_t mfn)
{
	grant_entry_v1_t *e = entry_of(d, ref);

	BUG_ON(!e);
	e->frame = (u32)mfn.v;
	__atomic_store_n(word_of(e), entry_word(GTF_permit_access, (u16)to), __ATOMIC_SEQ_CST);
}

/* Whom an op's domid means; the caller itself, or anybody if it is privileged. GNTST_*. */
static s16 target_get(struct domain *caller, domid_t dom, struct domain **d)
{
	*d = NULL;
	if (dom != DOMID_SELF && dom != caller->id && !caller->privileged)
		return GNTST_permission_denied;
	*d = domain_get(dom == DOMID_SELF ? caller->id : dom);
	return *d ? GNTST_okay : GNTST_bad_domain;
}

/* The table's frames as the guest is told them, up to nr; GNTST_*. */
static s16 write_frame_list(struct domain *d, unsigned long gva, unsigned int nr)
{
	xen_pfn_t mfns[GRANT_MAX_FRAMES];
	unsigned int i;

	spin_lock(&d->grants.lock);
	if (d->dying || !grow(d, nr)) {
		spin_unlock(&d->grants.lock);
		return GNTST_general_error;
	}
	for (i = 0; i < nr; i++)
		mfns[i] = va_to_mfn(d->grants.frames[i]).v;
	spin_unlock(&d->grants.lock);
	return copy_to_guest(gva, mfns, nr * sizeof(mfns[0])) ? GNTST_bad_virt_addr : GNTST_okay;
}

long grant_setup_table(struct domain *caller, struct gnttab_setup_table *op)
{
	struct domain *d;

	op->status = target_get(caller, op->dom, &d);
	if (op->status)
		return 0;
	if (op->nr_frames > GRANT_MAX_FRAMES)
		op->status = GNTST_general_error;
	else
		op->status = write_frame_list(d, (unsigned long)op->frame_list.p, op->nr_frames);
	domain_put(d);
	return 0;
}

long grant_query_size(struct domain *caller, struct gnttab_query_size *op)
{
	struct domain *d;

	op->status = target_get(caller, op->dom, &d);
	if (op->status)
		return 0;
	op->nr_frames = d->grants.nr_frames;
	op->max_nr_frames = GRANT_MAX_FRAMES;
	domain_put(d);
	return 0;
}
