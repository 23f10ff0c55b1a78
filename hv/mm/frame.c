/* SPDX-License-Identifier: MIT */
/*
 * Frames: who owns one, how often it is referenced, and what it is used as.
 * Called by all of mm/, and by domain/ and hypercall/ through mm.h.
 *
 * THE INVARIANT. No guest page table is used before every entry in it has
 * been checked, and it stays checked while it is used, because a frame is
 * never a table and writable to a guest at once.
 *
 * Two words for each frame:
 *  count  references to its existence: the owner's allocation, each entry
 *	   that maps it, each use as a table, descriptor page or root, each
 *	   list or record it is on. The frame is freed when the last goes.
 *  type   what it is used as, and how many rely on that: L1..L4 and L2X
 *	   (tables), SEGDESC (descriptors), WRITABLE. Each type reference goes
 *	   with an ordinary one.
 *
 * Who raises the type count: an entry of the level above, a pin, a vcpu's
 * root, a list or record of mm/ (tables); set_gdt and LDT use (SEGDESC); an
 * L1 entry or a grant with RW, a store by the monitor (WRITABLE).
 *
 * INV-1  The type changes only while the type count is 0; the 0 -> 1 step is
 *	  one compare-and-exchange, so it excludes all other types at once.
 * INV-2  A type count above 0 means: contents validated. A table's or
 *	  descriptor page's step 0 -> 1 and its validation happen under the
 *	  owner's lock, so nobody meets a table half checked.
 * INV-3  A type reference is always covered by an ordinary one.
 * INV-4  A frame with an ordinary count of 0 has no owner, no type, no flag.
 *	  Only then is it free, and a flush comes before a guest runs again.
 * INV-5  A present entry of a validated table holds: L1, an ordinary
 *	  reference, and a WRITABLE one if RW; above, an ordinary reference
 *	  and one of the child's type. The owner of child and table is one.
 *	  Memory of devices and firmware isn't counted: no domain owns it, its
 *	  count stays 0, and only L1 entries of a maps_io domain name it.
 * INV-6  PINNED, HELD and ALLOCATED each stand for references of their own.
 * INV-7  frame.link belongs to the list that set HELD; a frame is on one list
 *	  at most. While the type count is 0 it is the TLB epoch of INV-9.
 * INV-8  The last type reference of a table isn't dropped but moved, with an
 *	  ordinary one, to the owner's release list. Until table_drain() has
 *	  put its entries' references it is a valid table like any other, and
 *	  may be taken into use again. So nothing recurses.
 * INV-9  TLB. A frame whose last WRITABLE reference went after the last flush
 *	  may have a stale writable translation: becoming a table or
 *	  descriptor page asks for a flush. A change of a present entry above
 *	  L1, and a frame that is freed, ask too. An L1 entry's loss doesn't,
 *	  unless it mapped another domain's frame: that is the guest's duty.
 *	  A flush asked for happens before any guest runs or is copied from.
 * INV-10 The type count of an L2X is at most 1: never shared, never pinned.
 *	  If a record holds it, its parent gets that very reference, moved.
 *
 * Locks: the owner's md->lock guards table and SEGDESC types, contents of
 * tables, HELD and link. WRITABLE and the ordinary count are lock-free: only
 * the steps from and to a type count of 0 need compare-and-exchange for all.
 */
#include "lib/string.h"
#include "mm/internal.h"
#include "platform/platform.h"

bool mfn_is_valid(mfn_t mfn)
{
	return mfn.v < max_mfn && frame_is_ram(mfn);
}

/* ---- ordinary references ---- */

bool frame_get(mfn_t mfn, struct mm_domain *md)
{
	struct mm_domain *owner;
	struct frame *f;
	u32 seen;

	if (mfn.v >= max_mfn)
		return false;
	f = frame_of(mfn);
	do {
		seen = READ_ONCE(f->count);
		/* Without the upper bound a guest could wrap the count to 0. */
		if (!(seen & COUNT_REFS) || (seen & COUNT_REFS) >= COUNT_LIMIT)
			return false;
	} while (!cmpxchg_u32(&f->count, seen, seen + 1));

	/* Only now that it can't be freed is the owner's identity worth asking. */
	owner = READ_ONCE(f->owner);
	if (likely(owner && (owner == md || !md) && !owner->dying))
		return true;
	frame_put(mfn);
	return false;
}

/* The last reference went: INV-4. */
static void frame_free(struct frame *f, u32 count)
{
	struct mm_domain *owner = f->owner;
	mfn_t mfn = frame_mfn(f);

	BUG_ON(count & COUNT_ALLOCATED);	/* INV-6 */
	BUG_ON(f->type & (TYPE_REFS | TYPE_PINNED | TYPE_HELD)); /* INV-3 */
	f->type = 0;
	f->link = 0;
	f->owner = NULL;
	f->count = 0;
	/* Its owner may have named it again since it gave the allocation back. */
	m2p_set(mfn, INVALID_PFN);
	/* A guest could go on reading or writing it through its TLB otherwise. */
	tlb_flush_later();
	if (count & COUNT_HEAP) {
		heap_free_pages(directmap_va((u64)mfn.v << PAGE_SHIFT), 1);
		return;
	}
	frames_free(mfn, 1);
	/* Last of all: at 0 the domain's structure may go. */
	__atomic_sub_fetch(&owner->nr_frames, 1, __ATOMIC_SEQ_CST);
}

void frame_put(mfn_t mfn)
{
	struct frame *f = frame_of(mfn);
	u32 left = __atomic_sub_fetch(&f->count, 1, __ATOMIC_SEQ_CST);

	BUG_ON((left & COUNT_REFS) == COUNT_REFS);	/* it was 0: INV-4 */
	if (unlikely(!(left & COUNT_REFS)))
		frame_free(f, left);
}

/* ---- lists through frame.link: INV-7 ---- */

void list_push(u32 *head, struct frame *f)
{
	BUG_ON(f->type & TYPE_HELD);
	BUG_ON(!(f->type & TYPE_REFS) || !is_table_type(type_of(f->type)));
	f->type |= TYPE_HELD;
	f->link = *head;
	*head = (u32)frame_mfn(f).v + 1;
}

struct frame *list_pop(u32 *head)
{
	struct frame *f = frame_of(MFN(*head - 1));

	BUG_ON(!(f->type & TYPE_HELD));
	*head = f->link;
	f->link = 0;
	f->type &= ~TYPE_HELD;
	return f;
}

/* ---- type references ---- */

/* The step 0 -> 1 is done: make the new type true, or take it back. */
static int type_establish(mfn_t mfn, struct mm_domain *md, u32 before, struct mm_work *work)
{
	struct frame *f = frame_of(mfn);
	enum frame_type type = type_of(f->type);
	int err;

	if (type == FT_WRITABLE)
		return 0;
	/* INV-9: else a guest could change the table behind the check. */
	if (type_of(before) == FT_WRITABLE && f->link == tlb_epoch())
		tlb_flush_later();
	f->link = 0;
	err = type == FT_SEGDESC ? descpage_validate(mfn)
				 : table_validate(md, mfn, type, work);
	if (err)
		f->type = FT_NONE;
	return err;
}

/*
 * [tour: page-table-update 3] The heart. A frame has a type and a count of uses
 * as that type; only at zero can the type change, and then the contents are
 * validated first. A writable mapping is a use like any other, so `table` and
 * `writable` exclude each other by arithmetic, not by searching.
 */
int type_get(mfn_t mfn, struct mm_domain *md, enum frame_type type, struct mm_work *work)
{
	struct frame *f = frame_of(mfn);
	u32 seen, want;

	ASSERT(f->count & COUNT_REFS);	/* INV-3 */
	ASSERT(type == FT_WRITABLE || spin_is_locked(&md->lock));
	do {
		seen = READ_ONCE(f->type);
		if (seen & TYPE_REFS) {
			if (type_of(seen) != type || pt_levels[type].single_use ||
			    (seen & TYPE_REFS) >= TYPE_LIMIT)
				return -EBUSY;
			want = seen + 1;
		} else {
			want = ((u32)type << TYPE_SHIFT) | 1;
		}
	} while (!cmpxchg_u32(&f->type, seen, want));
	return seen & TYPE_REFS ? 0 : type_establish(mfn, md, seen, work);
}

int type_get_validated(mfn_t mfn, enum frame_type type, struct mm_work *work)
{
	struct frame *f = frame_of(mfn);
	u32 seen = f->type;

	if (!(seen & TYPE_REFS))
		return -EAGAIN;
	if (type_of(seen) != type || (seen & TYPE_REFS) >= TYPE_LIMIT)
		return -EBUSY;
	if (pt_levels[type].single_use) {
		/* INV-10: not a second reference but the record's own, moved. */
		if (!work || work->single != mfn.v + 1)
			return -EBUSY;
		list_pop(&work->single);
		frame_put(mfn);	/* the caller brought an ordinary one */
		return 0;
	}
	__atomic_add_fetch(&f->type, 1, __ATOMIC_SEQ_CST);
	return 0;
}

void type_put(mfn_t mfn, struct mm_domain *md)
{
	struct frame *f = frame_of(mfn);

	if (type_of(f->type) == FT_WRITABLE) {
		writable_put(f);
		return;
	}
	ASSERT(spin_is_locked(&md->lock));
	BUG_ON(!(f->type & TYPE_REFS));
	if ((f->type & TYPE_REFS) > 1) {
		f->type--;
		return;
	}
	BUG_ON(f->type & (TYPE_PINNED | TYPE_HELD));	/* INV-6 */
	BUG_ON(f->owner != md);				/* INV-5 */
	if (!is_table_type(type_of(f->type))) {
		f->type = FT_NONE;
		return;
	}
	/* INV-8 */
	__atomic_add_fetch(&f->count, 1, __ATOMIC_SEQ_CST);
	list_push(&md->release, f);
}

void table_ref_put(mfn_t mfn, struct mm_domain *md)
{
	type_put(mfn, md);
	frame_put(mfn);
}

int frame_get_type(mfn_t mfn, struct mm_domain *md, enum frame_type type)
{
	int err;

	if (type == FT_WRITABLE)
		return type_get(mfn, md, type, NULL);
	if (frame_of(mfn)->owner != md)
		return -EINVAL;
	spin_lock(&md->lock);
	err = type_get(mfn, md, type, NULL);
	spin_unlock(&md->lock);
	return err;
}

void frame_put_type(mfn_t mfn, struct mm_domain *md)
{
	if (type_is(READ_ONCE(frame_of(mfn)->type), FT_WRITABLE)) {
		type_put(mfn, md);
		return;
	}
	spin_lock(&md->lock);
	type_put(mfn, md);
	spin_unlock(&md->lock);
}

enum frame_type frame_type(mfn_t mfn)
{
	return frame_type_now(frame_of(mfn));
}
