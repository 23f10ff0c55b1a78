/* SPDX-License-Identifier: MIT */
/*
 * Changing one entry of a validated table, by machine address or by guest
 * address, and mappings of other domains' frames. Called by mmu_update,
 * update_va_mapping, ptwrite.c and grants.
 *
 * Always in this order: acquire what the new value needs, publish, ask for a
 * flush where INV-9 says so, release what the old value needed.
 */
#include "mm/internal.h"
#include "platform/platform.h"

/* ---- L1 entries ---- */

/* Whether two values stand for the same references: a change of flags only. */
static inline bool same_refs(pte_t a, pte_t b)
{
	return (a & PTE_P) && !((a ^ b) & (PTE_FRAME | PTE_RW | PTE_P));
}

int leaf_begin(const struct pt_ctx *ctx, pte_t old, pte_t *val)
{
	int err;

	ASSERT(spin_is_locked(&ctx->pt_owner->lock));
	if (!(*val & PTE_P))
		return 0;
	err = entry_clean(&pt_levels[FT_L1], ctx->frame_owner, val);
	if (err || same_refs(old, *val))
		return err;
	return leaf_get(*val, ctx->frame_owner);
}

void leaf_end(const struct pt_ctx *ctx, pte_t old, pte_t val)
{
	if ((old & PTE_P) && !same_refs(old, val))
		leaf_put(old, ctx->pt_owner);
}

/*
 * All three at once: the way of most updates, so without a second look at
 * anything.
 *
 * [tour: page-table-update 5] The order that all changes follow: clean the
 * value, take the references that it needs, publish it, and only then let go of
 * what the old value held. A refusal in the middle leaves everything as it was.
 */
static int leaf_update(const struct pt_ctx *ctx, pte_t *entry, pte_t val, bool keep_ad)
{
	pte_t old = READ_ONCE(*entry);
	bool same = false;
	int err = 0;

	if (val & PTE_P) {
		err = entry_clean(&pt_levels[FT_L1], ctx->frame_owner, &val);
		same = same_refs(old, val);
		if (!err && !same)
			err = leaf_get(val, ctx->frame_owner);
	}
	if (err)
		return err;
	if (unlikely(keep_ad))
		entry_publish_keep_ad(entry, val);
	else
		entry_publish(entry, val);
	if ((old & PTE_P) && !same)
		leaf_put(old, ctx->pt_owner);
	return 0;
}

/* ---- entries above L1 ---- */

/* Change slot of a validated table above L1. */
static int upper_update(const struct pt_ctx *ctx, mfn_t mfn, unsigned int slot, pte_t val)
{
	struct mm_domain *md = ctx->pt_owner;
	enum frame_type type = type_of(frame_of(mfn)->type);
	const struct pt_level *row = &pt_levels[type];
	pte_t *table, old;
	bool same;
	int err;

	ASSERT(spin_is_locked(&md->lock) && frame_of(mfn)->owner == md);
	/*
	 * The monitor's slots are ours, and a slot 3 that changed would take
	 * our mappings from under us.
	 */
	if (slot >= row->nr_slots || slot_is_monitors(row, slot) ||
	    (row->odd_mandatory && (int)slot == row->odd_slot))
		return -EINVAL;
	table = arch_map_frame(mfn);
	old = READ_ONCE(table[slot]);
	err = val & PTE_P ? entry_clean(row, md, &val) : 0;
	same = (old & val & PTE_P) && !((old ^ val) & PTE_FRAME);
	if (!err && (val & PTE_P) && !same)
		err = table_get_locked(md, pte_mfn(val), slot_child(row, slot), ctx->work);
	if (err)
		goto out;
	/* If that dropped another preparation, it may have held this very table. */
	if (!type_is(frame_of(mfn)->type, type) ||
	    ((READ_ONCE(table[slot]) ^ old) & (PTE_FRAME | PTE_P))) {
		if ((val & PTE_P) && !same)
			table_ref_put(pte_mfn(val), md);
		err = -EINVAL;
		goto out;
	}
	entry_publish(&table[slot], val);
	/* Not only its translations: the CPU also caches the entry itself. */
	if (old & PTE_P)
		tlb_flush_later();
	if (type == root_type)
		arch_root_changed(mfn);
	if ((old & PTE_P) && !same)
		table_ref_put(pte_mfn(old), md);
out:
	arch_unmap_frame(table);
	return err;
}

/* ---- by machine address ---- */

/* A page that isn't a table now: what a guest's own store would do. */
static int plain_store(struct mm_domain *md, maddr_t ptr, u64 val)
{
	mfn_t mfn = maddr_to_mfn(ptr);
	bool writable;
	u8 *page;

	if (!frame_get(mfn, md))
		return -EINVAL;
	writable = writable_get(frame_of(mfn));
	if (writable) {
		page = arch_map_frame(mfn);
		entry_publish((pte_t *)(void *)(page + (ptr.v & ~PAGE_MASK)), val);
		arch_unmap_frame(page);
		writable_put(frame_of(mfn));
	}
	frame_put(mfn);
	return writable ? 0 : -EINVAL;
}

/*
 * [tour: page-table-update 4] From a machine address to what the frame is now.
 * A last-level table, one above, or no table at all: then it is an ordinary
 * page, and the update an ordinary store.
 */
int pt_update(const struct pt_ctx *ctx, maddr_t ptr, u64 val, bool preserve_ad)
{
	struct mm_domain *md = ctx->pt_owner;
	mfn_t mfn = maddr_to_mfn(ptr);
	unsigned int slot = (unsigned int)(ptr.v & ~PAGE_MASK) / sizeof(pte_t);
	enum frame_type type;
	struct frame *f;
	int err = 0;

	/* The second test: a machine address may be wider than a frame number. */
	if ((ptr.v & (sizeof(pte_t) - 1)) || ptr.v >> PAGE_SHIFT >= max_mfn)
		return -EINVAL;
	f = frame_of(mfn);
	spin_lock(&md->lock);
	if (unlikely(md->release))
		err = table_drain_locked(md, ctx->work);
	if (err)
		goto out;
	/* A table's type stands while we have its owner's lock: no reference. */
	type = f->owner == md ? frame_type_now(f) : FT_NONE;
	if (likely(type == FT_L1)) {
		pte_t *table = arch_map_frame(mfn);

		err = leaf_update(ctx, &table[slot], val, preserve_ad);
		arch_unmap_frame(table);
	} else if (is_table_type(type)) {
		err = upper_update(ctx, mfn, slot, val);
	} else {
		err = plain_store(md, ptr, val);
	}
out:
	spin_unlock(&md->lock);
	if (unlikely(err) && err != -ERESTART)
		guest_refused(md, "entry update", ptr.v, val);
	return err;
}

/* ---- by guest address ---- */

/* To the table that gva's entry leads to, if that is the type it ought to be. */
static bool walk_down(struct leaf_place *at, enum frame_type *type, unsigned long gva)
{
	const struct pt_level *row = &pt_levels[*type];
	unsigned int slot = (gva >> row->shift) % PTES_PER_TABLE;
	const pte_t *entries;
	pte_t e;

	/* Below the monitor's own slots there are no guest tables. */
	if (slot >= row->nr_slots || slot_is_monitors(row, slot))
		return false;
	entries = arch_map_frame(at->table);
	e = READ_ONCE(entries[slot]);
	arch_unmap_frame(entries);
	if (!(e & PTE_P))
		return false;
	/* PAE's root has no such bits; what a guest writes there is nothing to the CPU. */
	if (*type != root_type || (root_shadow_bits & PTE_US))
		at->rights &= e;
	at->table = pte_mfn(e);
	*type = slot_child(row, slot);
	/* Always so under the owner's lock; without, it may just have gone. */
	return at->table.v < max_mfn && type_is(READ_ONCE(frame_of(at->table)->type), *type);
}

bool leaf_find(mfn_t root, unsigned long gva, struct leaf_place *where)
{
	enum frame_type type = root_type;

	if (root.v >= max_mfn || !type_is(READ_ONCE(frame_of(root)->type), root_type))
		return false;
	where->table = root;
	where->rights = ENTRY_RIGHTS;
	while (type != FT_L1)
		if (!walk_down(where, &type, gva))
			return false;
	where->slot = (gva >> PAGE_SHIFT) % PTES_PER_TABLE;
	return true;
}

bool pt_walk(mfn_t root, unsigned long gva, pte_t *pte, maddr_t *where)
{
	struct leaf_place place;
	const pte_t *table;

	if (!leaf_find(root, gva, &place))
		return false;
	table = arch_map_frame(place.table);
	*pte = READ_ONCE(table[place.slot]);
	arch_unmap_frame(table);
	if (where)
		where->v = mfn_to_maddr(place.table).v + place.slot * sizeof(pte_t);
	return true;
}

pte_t pt_rights(mfn_t root, unsigned long gva)
{
	struct leaf_place place;
	const pte_t *table;
	pte_t e;

	if (!leaf_find(root, gva, &place))
		return 0;
	table = arch_map_frame(place.table);
	e = READ_ONCE(table[place.slot]);
	arch_unmap_frame(table);
	return e & PTE_P ? e & place.rights : 0;
}

int pt_update_va(const struct pt_ctx *ctx, unsigned long gva, u64 val)
{
	struct mm_domain *md = ctx->pt_owner;
	struct leaf_place place;
	pte_t *table;
	int err = 0;

	spin_lock(&md->lock);
	if (unlikely(md->release))
		err = table_drain_locked(md, ctx->work);
	if (err)
		goto out;
	err = -EINVAL;
	if (leaf_find(ctx->root, gva, &place)) {
		table = arch_map_frame(place.table);
		err = leaf_update(ctx, &table[place.slot], val, false);
		arch_unmap_frame(table);
	}
out:
	spin_unlock(&md->lock);
	if (unlikely(err) && err != -ERESTART)
		guest_refused(md, "entry update by address", gva, val);
	return err;
}
