/* SPDX-License-Identifier: MIT */
/*
 * The oracle of the hv/mm tests: knows the ABI's rules in its own words (not
 * pt_levels[]), recounts every reference from what stands in memory, and keeps
 * a model of what a TLB could still hold.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mm_machine.h"
#include "mm_shape.h"

#define MAX_WORKS 4
#define MAX_DOMAINS 4

/* A translation that was in a live table and is no more: dangerous until a flush. */
struct stale {
	bool leaf_ro, leaf_rw;	/* mapped by an L1 of... */
	bool upper;		/* was a table under the live root */
	const struct mm_domain *frame_owner;
	const struct mm_domain *by;
};

static struct {
	u32 hold_refs[MACHINE_FRAMES];
	u32 hold_type[MACHINE_FRAMES][NR_FRAME_TYPES];
	const struct mm_work *works[MAX_WORKS];
	const struct mm_domain *domains[MAX_DOMAINS];
	bool foreign_ok[MACHINE_FRAMES];
	/* L1 entries of others that map the frame, and the writable ones of them. */
	u32 foreign_ro[MACHINE_FRAMES], foreign_rw[MACHINE_FRAMES];
	u32 last_ro[MACHINE_FRAMES], last_rw[MACHINE_FRAMES];
	u32 refs[MACHINE_FRAMES];
	u32 type_refs[MACHINE_FRAMES][NR_FRAME_TYPES];
	struct stale now[MACHINE_FRAMES], stale[MACHINE_FRAMES];
	unsigned int flushes_seen;
} oracle;

static const char *context;

#define FAIL(...)                                                       \
	do {                                                            \
		fprintf(stderr, "after %s: ", context);                 \
		fprintf(stderr, __VA_ARGS__);                           \
		fputc('\n', stderr);                                    \
		ck_abort_msg("the oracle disagrees after %s", context); \
	} while (0)

void oracle_init(void)
{
	memset(&oracle, 0, sizeof(oracle));
}

void oracle_hold(mfn_t mfn, enum frame_type type)
{
	oracle.hold_refs[mfn.v]++;
	if (type != FT_NONE)
		oracle.hold_type[mfn.v][type]++;
}

void oracle_unhold(mfn_t mfn, enum frame_type type)
{
	oracle.hold_refs[mfn.v]--;
	if (type != FT_NONE)
		oracle.hold_type[mfn.v][type]--;
}

u32 oracle_holds(mfn_t mfn, enum frame_type type)
{
	return oracle.hold_type[mfn.v][type];
}

void oracle_visit_holds(audit_visit visit)
{
	unsigned int mfn, type, n, typed;

	for (mfn = 0; mfn < MACHINE_FRAMES; mfn++) {
		typed = 0;
		for (type = 1; type < NR_FRAME_TYPES; type++)
			for (n = 0; n < oracle.hold_type[mfn][type]; n++, typed++)
				visit(MFN(mfn), (enum frame_type)type);
		for (; typed < oracle.hold_refs[mfn]; typed++)
			visit(MFN(mfn), FT_NONE);
	}
}

void oracle_add_work(const struct mm_work *work)
{
	unsigned int i;

	for (i = 0; oracle.works[i]; i++)
		ck_assert_uint_lt(i, MAX_WORKS - 1);
	oracle.works[i] = work;
}

void oracle_add_domain(const struct mm_domain *md)
{
	unsigned int i;

	for (i = 0; oracle.domains[i]; i++)
		ck_assert_uint_lt(i, MAX_DOMAINS - 1);
	oracle.domains[i] = md;
}

void oracle_allow_foreign(mfn_t mfn)
{
	oracle.foreign_ok[mfn.v] = true;
}

/* ---- recount ---- */

static enum frame_type actual_type(u32 mfn)
{
	return frame_table[mfn].type & 0x03ffffff ? frame_table[mfn].type >> 28 : FT_NONE;
}

/* extra: what may be there besides. */
static void check_bits(u32 table, unsigned int slot, u64 e, u64 extra)
{
	if ((e & ~(shape_bits | extra)) || (!cpu_has_nx && (e & PTE_NX)) ||
	    (e & shape_forced) != shape_forced)
		FAIL("frame %u slot %u: entry %#llx has bits it mustn't", table, slot,
		     (unsigned long long)e);
}

static void count_ref(u32 mfn, enum frame_type type)
{
	oracle.refs[mfn]++;
	if (type != FT_NONE)
		oracle.type_refs[mfn][type]++;
}

static void count_leaf(u32 table, unsigned int slot, u64 e)
{
	const struct mm_domain *md = frame_table[table].owner;
	u32 mfn = ENTRY_MFN(e);
	bool rw = e & 2;

	/* Who drives devices may map them, uncounted, and turn caches off. */
	check_bits(table, slot, e, md->maps_io ? 0x18 : 0);
	if (md->maps_io && frame_is_io(MFN(mfn)))
		return;
	if (mfn >= MACHINE_FRAMES)
		FAIL("frame %u slot %u maps no frame: %#llx", table, slot, (unsigned long long)e);
	count_ref(mfn, rw ? FT_WRITABLE : FT_NONE);
	if (frame_table[mfn].owner != md) {
		oracle.foreign_ro[mfn]++;
		oracle.foreign_rw[mfn] += rw;
	}
	if (rw && actual_type(mfn) != FT_WRITABLE)
		FAIL("INV-1: frame %u slot %u maps frame %u of type %d writable", table, slot,
		     mfn, actual_type(mfn));
	oracle.now[mfn].by = md;
	oracle.now[mfn].frame_owner = frame_table[mfn].owner;
	oracle.now[mfn].leaf_ro = true;
	oracle.now[mfn].leaf_rw |= rw;
}

static void count_upper(u32 table, unsigned int slot, u64 e, enum frame_type child)
{
	u32 mfn = ENTRY_MFN(e);

	check_bits(table, slot, e, 0);
	if (mfn >= MACHINE_FRAMES || (e & 0x100))
		FAIL("frame %u slot %u: bad table entry %#llx", table, slot, (unsigned long long)e);
	count_ref(mfn, child);
	if (frame_table[mfn].owner != frame_table[table].owner)
		FAIL("INV-5: frame %u slot %u: child %u is another's", table, slot, mfn);
	if (actual_type(mfn) != child)
		FAIL("INV-2: frame %u slot %u: child %u has type %d, not %d", table, slot, mfn,
		     actual_type(mfn), child);
}

static void count_table(u32 mfn, enum frame_type type)
{
	const pte_t *page = machine_page(MFN(mfn));
	unsigned int slot;

	for (slot = 0; slot < shape_slots(type); slot++) {
		u64 e = page[slot];

		if (shape_is_monitors(type, slot)) {
			if (e != (MONITOR_MARK | 1))
				FAIL("frame %u slot %u: not the monitor's", mfn, slot);
			continue;
		}
		if (shape_is_mandatory(type, slot) && !(e & 1))
			FAIL("root %u has no slot %u", mfn, slot);
		if (!(e & 1))
			continue;
		if (type == FT_L1)
			count_leaf(mfn, slot, e);
		else
			count_upper(mfn, slot, e, shape_child(type, slot));
	}
	if (type == FT_L2X && (frame_table[mfn].type & 0x03ffffff) != 1)
		FAIL("INV-10: L2X %u has type count %u", mfn,
		     frame_table[mfn].type & 0x03ffffff);
}

/* Descriptors: not present, or code/data of ring 1 up that ends below us. */
static void check_descpage(u32 mfn)
{
	const u64 *page = (const u64 *)machine_page(MFN(mfn));
	unsigned int i;

	for (i = 0; i < 512; i++) {
		desc_t d = page[i];

		if (!desc_check(&d, &guest_desc_rules) || d != page[i])
			FAIL("descriptor page %u entry %u: %#llx", mfn, i,
			     (unsigned long long)page[i]);
	}
}

static void count_list(u32 head)
{
	unsigned int n;

	for (n = 0; head; n++) {
		struct frame *f = &frame_table[head - 1];

		if (n > MACHINE_FRAMES)
			FAIL("a list has a cycle");
		if (!(f->type & (1u << 26)))
			FAIL("INV-7: frame %u is on a list, unflagged", head - 1);
		count_ref(head - 1, f->type >> 28);
		head = f->link;
	}
}

static void count_all(void)
{
	unsigned int i;
	u32 mfn;

	memcpy(oracle.last_ro, oracle.foreign_ro, sizeof(oracle.last_ro));
	memcpy(oracle.last_rw, oracle.foreign_rw, sizeof(oracle.last_rw));
	memset(oracle.foreign_ro, 0, sizeof(oracle.foreign_ro));
	memset(oracle.foreign_rw, 0, sizeof(oracle.foreign_rw));
	memset(oracle.refs, 0, sizeof(oracle.refs));
	memset(oracle.type_refs, 0, sizeof(oracle.type_refs));
	memset(oracle.now, 0, sizeof(oracle.now));
	for (mfn = 0; mfn < MACHINE_FRAMES; mfn++) {
		struct frame *f = &frame_table[mfn];
		enum frame_type type = actual_type(mfn);

		oracle.refs[mfn] += oracle.hold_refs[mfn] + !!(f->count & (1u << 31));
		for (i = 1; i < NR_FRAME_TYPES; i++)
			oracle.type_refs[mfn][i] += oracle.hold_type[mfn][i];
		if ((f->count & (1u << 30)) && f->owner)
			count_ref(mfn, FT_WRITABLE);
		if (f->type & (1u << 27))
			count_ref(mfn, type);
		if (type >= FT_L1 && type <= FT_L4)
			count_table(mfn, type);
		if (type == FT_SEGDESC)
			check_descpage(mfn);
	}
	for (i = 0; i < MAX_WORKS && oracle.works[i]; i++) {
		count_list(oracle.works[i]->held);
		count_list(oracle.works[i]->single);
	}
	for (i = 0; i < MAX_DOMAINS && oracle.domains[i]; i++)
		count_list(oracle.domains[i]->release);
}

static void check_frame(u32 mfn)
{
	struct frame *f = &frame_table[mfn];
	enum frame_type type = actual_type(mfn);
	unsigned int i;

	if ((f->count & 0x3fffffff) != oracle.refs[mfn])
		FAIL("frame %u: %u references, recounted %u", mfn, f->count & 0x3fffffff,
		     oracle.refs[mfn]);
	for (i = 1; i < NR_FRAME_TYPES; i++) {
		u32 want = oracle.type_refs[mfn][i];

		if (want != (i == type ? f->type & 0x03ffffff : 0))
			FAIL("frame %u type %d: recounted %u references as %u, word %#x", mfn,
			     type, want, i, f->type);
	}
	if (!oracle.foreign_ok[mfn] && (oracle.foreign_ro[mfn] > oracle.last_ro[mfn] ||
					oracle.foreign_rw[mfn] > oracle.last_rw[mfn]))
		FAIL("frame %u: a mapping by another that no grant made", mfn);
	oracle.foreign_ok[mfn] = false;
	if (!f->count && (f->type || f->owner))
		FAIL("INV-4: frame %u is free but has type %#x", mfn, f->type);
	if (machine.allocated[mfn] != !!f->count)
		FAIL("frame %u: allocator and count %#x disagree", mfn, f->count);
}

void oracle_check(const char *after)
{
	unsigned int i;
	u32 mfn;

	context = after;
	if (machine.nr_maps)
		FAIL("%u windows are still open", machine.nr_maps);
	count_all();
	for (mfn = 0; mfn < MACHINE_FRAMES; mfn++)
		check_frame(mfn);
	for (i = 0; i < MAX_DOMAINS && oracle.domains[i]; i++) {
		unsigned long nr = 0;

		for (mfn = 0; mfn < MACHINE_FRAMES; mfn++)
			nr += frame_table[mfn].owner == oracle.domains[i] &&
			      !(frame_table[mfn].count & (1u << 30));
		if (nr != oracle.domains[i]->nr_frames)
			FAIL("domain %u: %lu frames, recounted %lu", oracle.domains[i]->domid,
			     oracle.domains[i]->nr_frames, nr);
		if (spin_is_locked(&oracle.domains[i]->lock))
			FAIL("domain %u is still locked", oracle.domains[i]->domid);
	}
}

/* ---- what a TLB could still hold: INV-9 ---- */

/* All that is below a table: at most three levels. */
static void mark_below(struct stale *marks, mfn_t mfn, enum frame_type type)
{
	const pte_t *page = machine_page(mfn);

	for (unsigned int i = 0; i < shape_slots(type); i++) {
		if (!(page[i] & 1) || shape_is_monitors(type, i))
			continue;
		marks[ENTRY_MFN(page[i])].upper = true;
		if (shape_child(type, i) != FT_L1)
			mark_below(marks, MFN(ENTRY_MFN(page[i])), shape_child(type, i));
	}
}

/* All that the live root reaches. The CPU may have it in its caches. */
static void mark_live_tables(struct stale *marks)
{
	const pte_t *root;

	if (mfn_eq(machine.live_root, INVALID_MFN))
		return;
	root = machine_page(machine.live_root);
	for (unsigned int i = 0; shape_root_copied && i < 4; i++) {
		u64 want = root[i] & 1 ? root[i] & 0xfffffff019ull : 0;

		if (machine.shadow[i] != want)
			FAIL("the shadow's entry %u is %#llx", i,
			     (unsigned long long)machine.shadow[i]);
	}
	mark_below(marks, machine.live_root, root_type);
}

void oracle_guest_runs(const char *after)
{
	u32 mfn;

	context = after;
	tlb_flush_if_needed();
	if (machine.nr_flushes != oracle.flushes_seen) {
		oracle.flushes_seen = machine.nr_flushes;
		memset(oracle.stale, 0, sizeof(oracle.stale));
	}
	for (mfn = 0; mfn < MACHINE_FRAMES; mfn++) {
		struct stale *s = &oracle.stale[mfn];
		enum frame_type type = actual_type(mfn);

		if (s->leaf_rw && type != FT_NONE && type != FT_WRITABLE)
			FAIL("INV-9: frame %u of type %d may still be writable through a TLB", mfn,
			     type);
		/* A withdrawn heap page has no owner, but is still what it was. */
		if (s->leaf_ro && frame_table[mfn].owner != s->frame_owner &&
		    (frame_table[mfn].owner || !frame_table[mfn].count))
			FAIL("INV-9: frame %u changed hands, still in a TLB", mfn);
		if (s->leaf_ro && s->frame_owner != s->by && !oracle.now[mfn].leaf_ro)
			FAIL("INV-9: foreign frame %u left without a flush", mfn);
		if (s->upper && (type < FT_L1 || type > FT_L4))
			FAIL("INV-9: frame %u is still in a paging-structure cache", mfn);
	}
	/* What is mapped now will be in the TLB when it goes. */
	mark_live_tables(oracle.now);
	for (mfn = 0; mfn < MACHINE_FRAMES; mfn++) {
		if (oracle.now[mfn].leaf_ro) {
			oracle.stale[mfn].leaf_ro = true;
			oracle.stale[mfn].leaf_rw |= oracle.now[mfn].leaf_rw;
			oracle.stale[mfn].by = oracle.now[mfn].by;
			oracle.stale[mfn].frame_owner = oracle.now[mfn].frame_owner;
		}
		oracle.stale[mfn].upper |= oracle.now[mfn].upper;
	}
}
