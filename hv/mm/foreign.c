/* SPDX-License-Identifier: MIT */
/*
 * L1 entries that map another domain's frame: made and taken back here alone,
 * on behalf of grants. Plain updates can drop or re-flag such an entry but
 * never make one or make it writable (leaf_get() asks who owns the frame).
 */
#include "mm/internal.h"
#include "platform/platform.h"

/* The L1 entry at a machine address, if that is in a live L1 of md. */
static bool place_of_pte(struct mm_domain *md, maddr_t ptr, struct leaf_place *where)
{
	mfn_t mfn = maddr_to_mfn(ptr);

	if ((ptr.v & (sizeof(pte_t) - 1)) || ptr.v >> PAGE_SHIFT >= max_mfn)
		return false;
	where->table = mfn;
	where->slot = (unsigned int)(ptr.v & ~PAGE_MASK) / sizeof(pte_t);
	return frame_of(mfn)->owner == md && frame_type(mfn) == FT_L1;
}

static int map_at(const struct pt_ctx *ctx, const struct leaf_place *place, mfn_t mfn, u64 flags)
{
	pte_t *table, old, val = pte_make(mfn, flags | PTE_P);
	int err = flags & PTE_FRAME ? -EINVAL : entry_clean(&pt_levels[FT_L1], NULL, &val);

	/* What its granter may map as the machine's owner isn't its to grant. */
	if (!err && frame_is_io(mfn))
		err = -EPERM;
	if (!err)
		err = leaf_get(val, ctx->frame_owner);
	if (err)
		return err;
	table = arch_map_frame(place->table);
	old = READ_ONCE(table[place->slot]);
	entry_publish(&table[place->slot], val);
	arch_unmap_frame(table);
	if (old & PTE_P) {
		tlb_flush_later();
		leaf_put(old, ctx->pt_owner);
	}
	return 0;
}

static int unmap_at(const struct pt_ctx *ctx, const struct leaf_place *place, mfn_t mfn)
{
	pte_t *table = arch_map_frame(place->table);
	pte_t old = READ_ONCE(table[place->slot]);
	int err = -EINVAL;

	/* The guest may have put something else there; that isn't the grant's. */
	if ((old & PTE_P) && mfn_eq(pte_mfn(old), mfn)) {
		entry_publish(&table[place->slot], 0);
		tlb_flush_later();
		leaf_put(old, ctx->pt_owner);
		err = 0;
	}
	arch_unmap_frame(table);
	return err;
}

int pt_map_foreign_va(const struct pt_ctx *ctx, unsigned long gva, mfn_t mfn, u64 flags)
{
	struct leaf_place place;
	int err = -EINVAL;

	spin_lock(&ctx->pt_owner->lock);
	if (leaf_find(ctx->root, gva, &place))
		err = map_at(ctx, &place, mfn, flags);
	spin_unlock(&ctx->pt_owner->lock);
	return err;
}

int pt_unmap_foreign_va(const struct pt_ctx *ctx, unsigned long gva, mfn_t mfn)
{
	struct leaf_place place;
	int err = -EINVAL;

	spin_lock(&ctx->pt_owner->lock);
	if (leaf_find(ctx->root, gva, &place))
		err = unmap_at(ctx, &place, mfn);
	spin_unlock(&ctx->pt_owner->lock);
	return err;
}

int pt_map_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn, u64 flags)
{
	struct leaf_place place;
	int err = -EINVAL;

	spin_lock(&ctx->pt_owner->lock);
	if (place_of_pte(ctx->pt_owner, ptr, &place))
		err = map_at(ctx, &place, mfn, flags);
	spin_unlock(&ctx->pt_owner->lock);
	return err;
}

int pt_unmap_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn)
{
	struct leaf_place place;
	int err = -EINVAL;

	spin_lock(&ctx->pt_owner->lock);
	if (place_of_pte(ctx->pt_owner, ptr, &place))
		err = unmap_at(ctx, &place, mfn);
	spin_unlock(&ctx->pt_owner->lock);
	return err;
}

/* Whether an entry may go to another place: not one that somebody else keeps track of. */
static bool may_move(const struct pt_ctx *ctx, pte_t e)
{
	return !(e & PTE_P) ||
	       (mfn_is_valid(pte_mfn(e)) && frame_of(pte_mfn(e))->owner == ctx->pt_owner);
}

/* As unmap_at(), but what stands at `from` moves here with its references. */
static int replace_at(const struct pt_ctx *ctx, const struct leaf_place *place, mfn_t mfn,
		      const struct leaf_place *from)
{
	pte_t *table = arch_map_frame(place->table), *other = arch_map_frame(from->table);
	pte_t old = READ_ONCE(table[place->slot]), e = READ_ONCE(other[from->slot]);
	int err = -EINVAL;

	if ((old & PTE_P) && mfn_eq(pte_mfn(old), mfn) && may_move(ctx, e)) {
		entry_publish(&other[from->slot], 0);
		entry_publish(&table[place->slot], e);
		tlb_flush_later();
		leaf_put(old, ctx->pt_owner);
		err = 0;
	}
	arch_unmap_frame(other);
	arch_unmap_frame(table);
	return err;
}

int pt_replace_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn, unsigned long gva)
{
	struct leaf_place place, from;
	int err = -EINVAL;

	spin_lock(&ctx->pt_owner->lock);
	/* In one place both, the first test would hold and the entry be lost. */
	if (place_of_pte(ctx->pt_owner, ptr, &place) && leaf_find(ctx->root, gva, &from) &&
	    !(mfn_eq(place.table, from.table) && place.slot == from.slot))
		err = replace_at(ctx, &place, mfn, &from);
	spin_unlock(&ctx->pt_owner->lock);
	return err;
}
