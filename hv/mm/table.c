/* SPDX-License-Identifier: MIT */
/*
 * Tables as wholes: validation, taking apart, and the long form that prepares
 * a tree of tables with preemption between them. Called by frame.c (type
 * changes), root.c, update.c, and the owners of roots.
 *
 * One table is validated in one piece or not at all (INV-2). A tree goes leaves
 * first: each finished table is held by the caller's record until its parent's
 * entry holds it. A guest that meanwhile changes a table only makes its own
 * call longer: the parent's validation finds an untyped child, and looks again.
 */
#include "mm/internal.h"
#include "platform/platform.h"

static void charge(struct mm_work *work, unsigned int entries)
{
	work->budget -= MIN(work->budget, entries);
}

/* ---- one table ---- */

/* The references a present entry stands for (INV-5). */
static int entry_get(struct mm_domain *md, enum frame_type child, pte_t entry,
		     struct mm_work *work)
{
	mfn_t mfn = pte_mfn(entry);
	int err;

	if (child == FT_NONE)
		return leaf_get(entry, md);
	if (!frame_get(mfn, md))
		return -EINVAL;
	err = type_get_validated(mfn, child, work);
	if (err)
		frame_put(mfn);
	return err;
}

static void entry_put(struct mm_domain *md, enum frame_type child, pte_t entry)
{
	if (child == FT_NONE)
		leaf_put(entry, md);
	else
		table_ref_put(pte_mfn(entry), md);
}

/* Put the references of the entries below slot end. */
static void entries_put(struct mm_domain *md, const struct pt_level *row, const pte_t *table,
			unsigned int end)
{
	unsigned int slot;

	for (slot = 0; slot < end; slot++) {
		pte_t e = READ_ONCE(table[slot]);

		if ((e & PTE_P) && !slot_is_monitors(row, slot))
			entry_put(md, slot_child(row, slot), e);
	}
}

/*
 * [tour: page-table-update 9] A whole table becomes one: every present entry is
 * checked and gets its references, or none does. Here a new page table is paid
 * for, and a fork's cost on a monitor is mostly this loop.
 */
int table_validate(struct mm_domain *md, mfn_t mfn, enum frame_type type, struct mm_work *work)
{
	const struct pt_level *row = &pt_levels[type];
	pte_t *table;
	unsigned int slot;
	int err = 0;

	if (!row->level)
		return -EINVAL;
	ASSERT((frame_of(mfn)->type & TYPE_REFS) == 1);	/* INV-1: nobody else writes */
	table = arch_map_frame(mfn);
	if (row->odd_mandatory && !(READ_ONCE(table[row->odd_slot]) & PTE_P))
		err = -EINVAL;
	for (slot = 0; slot < row->nr_slots && !err; slot++) {
		pte_t stands = READ_ONCE(table[slot]), e = stands;

		if (!(e & PTE_P) || slot_is_monitors(row, slot))
			continue;
		err = entry_clean(row, md, &e);
		if (!err)
			err = entry_get(md, slot_child(row, slot), e, work);
		if (err)
			break;
		if (e != stands)
			entry_publish(&table[slot], e);
	}
	if (err)
		entries_put(md, row, table, slot);
	else if (row->monitor_end)
		arch_fill_monitor_slots(table, type, false);
	arch_unmap_frame(table);
	if (err && err != -EAGAIN)
		guest_refused(md, "table, slot", mfn_to_maddr(mfn).v, slot);
	return err;
}

/* Put what a table's entries hold. The caller has its last type reference. */
static void table_dismantle(struct mm_domain *md, mfn_t mfn, enum frame_type type)
{
	const struct pt_level *row = &pt_levels[type];
	pte_t *table = arch_map_frame(mfn);

	BUG_ON(frame_of(mfn)->owner != md || !row->level);	/* INV-8 */
	entries_put(md, row, table, row->nr_slots);
	/* The page goes back to the guest: it learns nothing of our mappings. */
	if (row->monitor_end)
		arch_fill_monitor_slots(table, type, true);
	arch_unmap_frame(table);
}

/* ---- the release list ---- */

int table_drain_locked(struct mm_domain *md, struct mm_work *work)
{
	while (md->release) {
		struct frame *f;
		mfn_t mfn;

		if (!work->budget)
			return -ERESTART;
		f = list_pop(&md->release);
		mfn = frame_mfn(f);
		if ((f->type & TYPE_REFS) > 1) {
			/* Taken into use again while it waited: INV-8. */
			charge(work, 1);
			type_put(mfn, md);
		} else {
			charge(work, pt_levels[type_of(f->type)].nr_slots);
			BUG_ON(f->type & TYPE_PINNED);	/* INV-6 */
			table_dismantle(md, mfn, type_of(f->type));
			f->type = FT_NONE;
		}
		frame_put(mfn);
	}
	return 0;
}

int table_drain(struct mm_domain *md, struct mm_work *work)
{
	int err;

	if (likely(!READ_ONCE(md->release)))
		return 0;
	spin_lock(&md->lock);
	err = table_drain_locked(md, work);
	spin_unlock(&md->lock);
	return err;
}

int table_put(struct mm_domain *md, mfn_t mfn, struct mm_work *work)
{
	int err;

	spin_lock(&md->lock);
	table_ref_put(mfn, md);
	err = table_drain_locked(md, work);
	spin_unlock(&md->lock);
	return err;
}

/* ---- the long form ---- */

/* Give the caller's two references of a table to the record, or drop them. */
static void work_hold(struct mm_domain *md, struct mm_work *work, mfn_t mfn)
{
	struct frame *f = frame_of(mfn);

	if (f->type & TYPE_HELD) {
		/* Another list has its link. If that lets go we look again. */
		table_ref_put(mfn, md);
		return;
	}
	if (!pt_levels[type_of(f->type)].single_use) {
		list_push(&work->held, f);
		return;
	}
	if (work->single)
		list_push(&work->held, list_pop(&work->single));
	list_push(&work->single, f);
}

/* Let go of held tables until the list is as short as it was at mark. */
static void work_let_go(struct mm_domain *md, struct mm_work *work, u32 mark)
{
	while (work->held != mark)
		table_ref_put(frame_mfn(list_pop(&work->held)), md);
}

static void abandon_locked(struct mm_domain *md, struct mm_work *work)
{
	work_let_go(md, work, 0);
	if (work->single)
		table_ref_put(frame_mfn(list_pop(&work->single)), md);
	work->root = 0;
	work->depth = 0;
}

void table_abandon(struct mm_domain *md, struct mm_work *work)
{
	if (!work->root)
		return;
	spin_lock(&md->lock);
	abandon_locked(md, work);
	spin_unlock(&md->lock);
}

static void work_push(struct mm_work *work, mfn_t mfn, enum frame_type type)
{
	BUG_ON(work->depth >= ARRAY_SIZE(work->path));
	work->path[work->depth].mfn = (u32)mfn.v;
	work->path[work->depth].type = type;
	work->path[work->depth].slot = 0;
	work->path[work->depth].mark = work->held;
	work->depth++;
}

/*
 * Look for a child that isn't typed yet in the table at the path's end, and
 * put it on the path: true. The page may still be the guest's to write: what
 * is read here decides nothing but what to look at next.
 */
static bool work_descend(struct mm_work *work)
{
	unsigned int depth = work->depth - 1, slot = work->path[depth].slot;
	const struct pt_level *row = &pt_levels[work->path[depth].type];
	enum frame_type child = FT_NONE;
	const pte_t *table;
	mfn_t mfn = INVALID_MFN;
	bool found = false;

	if (row->child == FT_NONE)
		return false;
	table = arch_map_frame(MFN(work->path[depth].mfn));
	for (; slot < row->nr_slots && !found; slot++) {
		pte_t e = READ_ONCE(table[slot]);

		if (!(e & PTE_P) || slot_is_monitors(row, slot))
			continue;
		mfn = pte_mfn(e);
		child = slot_child(row, slot);
		found = mfn.v < max_mfn && !type_is(frame_of(mfn)->type, child);
	}
	arch_unmap_frame(table);
	charge(work, slot - work->path[depth].slot);
	work->path[depth].slot = slot;
	if (found)
		work_push(work, mfn, child);
	return found;
}

/*
 * One step: descend, or validate the table at the path's end. 0: go on.
 *
 * [tour: page-table-update 10] A tree of tables may be large, so it is prepared
 * leaf by leaf with pauses between tables. Each finished table is held until
 * its parent takes it over: a half-checked table never exists.
 */
static int work_step(struct mm_domain *md, struct mm_work *work)
{
	unsigned int depth = work->depth - 1;
	enum frame_type type = (enum frame_type)work->path[depth].type;
	mfn_t mfn = MFN(work->path[depth].mfn);
	int err;

	if (!work->budget)
		return -ERESTART;
	if (!frame_get(mfn, md))
		return -EINVAL;
	if (work_descend(work)) {
		frame_put(mfn);
		return 0;
	}
	charge(work, pt_levels[type].nr_slots);
	err = type_get(mfn, md, type, work);
	if (err) {
		frame_put(mfn);
		if (err != -EAGAIN)
			return err;
		work->path[depth].slot = 0;
		return 0;
	}
	/* Its entries hold its children now. */
	work_let_go(md, work, work->path[depth].mark);
	work->depth = depth;
	if (depth)
		work_hold(md, work, mfn);
	return 0;
}

/* What needs no walk: typed already, or all its children are. */
static int get_at_once(struct mm_domain *md, mfn_t mfn, enum frame_type type,
		       struct mm_work *work)
{
	int err;

	if (!frame_get(mfn, md))
		return -EINVAL;
	if (!type_is(frame_of(mfn)->type, type))
		charge(work, pt_levels[type].nr_slots);
	err = type_get(mfn, md, type, NULL);
	if (err)
		frame_put(mfn);
	return err;
}

int table_get_locked(struct mm_domain *md, mfn_t mfn, enum frame_type type, struct mm_work *work)
{
	int err;

	if (work->root && (work->root != mfn.v + 1 || work->type != type))
		abandon_locked(md, work);
	err = table_drain_locked(md, work);
	if (err)
		return err;
	if (!work->root) {
		if (!work->budget)
			return -ERESTART;
		err = get_at_once(md, mfn, type, work);
		if (err != -EAGAIN)
			return err;
		work->root = (u32)mfn.v + 1;
		work->type = type;
		work_push(work, mfn, type);
	}
	do {
		err = work_step(md, work);
	} while (!err && work->depth);
	if (err == -ERESTART)
		return err;
	/* Success has left an L2X at most, whose parent took another meanwhile. */
	abandon_locked(md, work);
	return err;
}

int table_get(struct mm_domain *md, mfn_t mfn, enum frame_type type, struct mm_work *work)
{
	int err;

	if (!is_table_type(type) || !pt_levels[type].level)
		return -EINVAL;
	spin_lock(&md->lock);
	err = table_get_locked(md, mfn, type, work);
	spin_unlock(&md->lock);
	return err;
}
