/* SPDX-License-Identifier: MIT */
/*
 * A guest kernel's plain stores to its read-only L1 tables: each becomes a
 * checked update of the 8-byte entry around it. Called by the page-fault path
 * of trap/. ABI 3.6 (VMASST writable_pagetables).
 */
#include "mm/internal.h"
#include "platform/platform.h"

/* Rounds of compare-and-exchange before we give up; the CPU sets A or D rarely. */
#define MAX_TRIES 8

/* One store to one entry. */
struct store {
	const struct pt_ctx *ctx;
	const struct insn *insn;
	pte_t *entry;
	unsigned int shift;	/* of the operand within the entry, bits */
	u64 mask;		/* the operand's bits, in place */
	bool upper_half;	/* a plain 4-byte store to bits 32-63 */
};

/* Place the operand; false if it isn't inside one entry. */
static bool store_place(struct store *st, unsigned long gva)
{
	const struct insn *insn = st->insn;
	unsigned int bytes = insn->kind == INSN_CMPXCHG8B ? 8 : insn->op_bytes;
	unsigned int first = gva % sizeof(pte_t);

	if (!bytes || bytes > sizeof(pte_t) || first + bytes > sizeof(pte_t))
		return false;
	st->shift = first * 8;
	st->mask = (bytes == 8 ? ~0ULL : (1ULL << (bytes * 8)) - 1) << st->shift;
	st->upper_half = bytes == 4 && first == 4 && insn->kind != INSN_CMPXCHG;
	return true;
}

/* Check the new value and take what it needs: 0 or -errno. */
static int store_begin(const struct store *st, pte_t old, pte_t *val)
{
	int err = leaf_begin(st->ctx, old, val);

	/*
	 * A 32-bit guest writes an entry in two stores. If it changes the upper
	 * half of a present one first, what stands there in between is neither
	 * value: it becomes not present until the other half comes (ABI 3.6).
	 */
	if (err && st->upper_half && (*val & PTE_P)) {
		*val &= ~PTE_P;
		err = 0;
	}
	return err;
}

/*
 * One round: 0 done, -EAGAIN the CPU changed the entry meanwhile, else refused.
 *
 * [tour: page-table-update 14] The entry may have been changed by the processor
 * itself meanwhile (accessed, dirty), so the result of the instruction goes in
 * by compare-and-exchange, or not at all.
 */
static int store_try(const struct store *st, struct insn_gprs *gprs, unsigned long *flags)
{
	struct insn_gprs new_gprs = *gprs;
	unsigned long new_flags = *flags;
	pte_t old = READ_ONCE(*st->entry), val;
	bool store = true;
	u64 part;
	int err;

	if (!insn_store_value(st->insn, (old & st->mask) >> st->shift, &part, &store,
			      &new_gprs, &new_flags))
		return -EINVAL;
	if (store) {
		val = (old & ~st->mask) | ((part << st->shift) & st->mask);
		err = store_begin(st, old, &val);
		if (err)
			return err;
		if (!cmpxchg_u64(st->entry, old, val)) {
			leaf_end(st->ctx, val, old);
			return -EAGAIN;
		}
		leaf_end(st->ctx, old, val);
	}
	*gprs = new_gprs;
	*flags = new_flags;
	return 0;
}

/* The entry that the store goes to, if gva maps a live L1 of md's, read-only. */
static pte_t *entry_map(struct mm_domain *md, mfn_t root, unsigned long gva)
{
	struct leaf_place place;
	const pte_t *via;
	pte_t mapping, *table;
	mfn_t target;

	if (!leaf_find(root, gva, &place))
		return NULL;
	via = arch_map_frame(place.table);
	mapping = READ_ONCE(via[place.slot]);
	arch_unmap_frame(via);
	target = pte_mfn(mapping);
	if (!(mapping & PTE_P) || (mapping & PTE_RW) || target.v >= max_mfn)
		return NULL;
	if (frame_of(target)->owner != md || frame_type(target) != FT_L1)
		return NULL;
	table = arch_map_frame(target);
	return &table[(gva & ~PAGE_MASK) / sizeof(pte_t)];
}

bool mm_is_own_table(struct mm_domain *md, mfn_t root, unsigned long gva)
{
	pte_t *entry;

	spin_lock(&md->lock);
	entry = entry_map(md, root, gva);
	if (entry)
		arch_unmap_frame((void *)((unsigned long)entry & PAGE_MASK));
	spin_unlock(&md->lock);
	return entry != NULL;
}

enum ptwrite mm_ptwrite(const struct pt_ctx *ctx, unsigned long gva, const struct insn *insn,
			struct insn_gprs *gprs, unsigned long *flags)
{
	struct mm_domain *md = ctx->pt_owner;
	struct store st = { .ctx = ctx, .insn = insn };
	enum ptwrite outcome = PTWRITE_NOT_TABLE;
	int err = -EAGAIN, tries;

	spin_lock(&md->lock);
	st.entry = entry_map(md, ctx->root, gva);
	if (!st.entry)
		goto out;
	outcome = PTWRITE_REFUSED;
	/* A repeated string store would need its own preemption: nobody uses it. */
	if (insn->mem && !insn->rep && store_place(&st, gva))
		for (tries = 0; err == -EAGAIN && tries < MAX_TRIES; tries++)
			err = store_try(&st, gprs, flags);
	if (!err)
		outcome = PTWRITE_DONE;
	arch_unmap_frame((void *)((unsigned long)st.entry & PAGE_MASK));
out:
	spin_unlock(&md->lock);
	if (outcome == PTWRITE_REFUSED)
		guest_refused(md, "store to a page table", mfn_to_maddr(ctx->root).v, gva);
	return outcome;
}
