/* SPDX-License-Identifier: MIT */
/*
 * What the files of hv/mm share with each other and with nobody else: the
 * layout of a frame's two words, and the references under the front door.
 */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include "mm/mm.h"
#include "x86/ptlevel.h"

/* ---- struct frame.count ---- */

#define COUNT_ALLOCATED (1u << 31) /* one reference is the owner's allocation */
#define COUNT_HEAP (1u << 30)	   /* a heap page that a domain may map */
#define COUNT_REFS 0x3fffffffu
/* A get fails here; the room above is for references taken on lists. */
#define COUNT_LIMIT 0x3fff0000u

/* ---- struct frame.type ---- */

#define TYPE_SHIFT 28		  /* enum frame_type */
#define TYPE_PINNED (1u << 27)	  /* one type and one ordinary reference is the pin's */
#define TYPE_HELD (1u << 26)	  /* ... is a list's or a record's; so is frame.link */
#define TYPE_REFS 0x03ffffffu
#define TYPE_LIMIT 0x03ff0000u

_Static_assert((unsigned int)NR_FRAME_TYPES <= 16, "a type has four bits");

static inline enum frame_type type_of(u32 word)
{
	return (enum frame_type)(word >> TYPE_SHIFT);
}

/* A word whose count is zero says nothing about the frame's use (INV-2). */
static inline bool type_is(u32 word, enum frame_type type)
{
	return (word & TYPE_REFS) && type_of(word) == type;
}

static inline enum frame_type frame_type_now(const struct frame *f)
{
	u32 word = READ_ONCE(f->type);

	return word & TYPE_REFS ? type_of(word) : FT_NONE;
}

static inline bool is_table_type(enum frame_type type)
{
	return type >= FT_L1 && type <= FT_L4;
}

/*
 * Debug builds say what a guest was refused, and where; the guest gets an error.
 * @value: the refused entry or address; @where: of the entry.
 */
#ifdef DEBUG
#define guest_refused(md, what, where, value)                                              \
	printk_limited("d%u: refused: %s at %#llx: %#llx", (md)->domid, (what),            \
		       (unsigned long long)(where), (unsigned long long)(value))
#else
#define guest_refused(md, what, where, value) ((void)(md), (void)(where), (void)(value))
#endif

/* ---- frame.c; md->lock held, except type_get/type_put of FT_WRITABLE ---- */

/* As frame_get_type(); work: whose held L2X may be moved to its parent, or NULL. */
int type_get(mfn_t mfn, struct mm_domain *md, enum frame_type type,
	     struct mm_work *work) __must_check;
/*
 * One more reference on a table that is validated already: 0, -EAGAIN (its
 * type count is 0), -EBUSY (another type, or single-use and not work's).
 */
int type_get_validated(mfn_t mfn, enum frame_type type, struct mm_work *work) __must_check;
void type_put(mfn_t mfn, struct mm_domain *md);
/* Both references of a table entry, a pin or a list. */
void table_ref_put(mfn_t mfn, struct mm_domain *md);

/* Lists through frame.link. Push: the caller's two references become the list's. */
void list_push(u32 *head, struct frame *f);
/* Pop: the references are the caller's again. Not on an empty list. */
struct frame *list_pop(u32 *head);

/* ---- table.c; md->lock held ---- */

/* Check every entry and take its references; on error none is held. */
int table_validate(struct mm_domain *md, mfn_t mfn, enum frame_type type,
		   struct mm_work *work) __must_check;
int table_get_locked(struct mm_domain *md, mfn_t mfn, enum frame_type type,
		     struct mm_work *work) __must_check;
int table_drain_locked(struct mm_domain *md, struct mm_work *work) __must_check;

/* Whether the guest may not decide over a slot of this table. */
static inline bool slot_is_monitors(const struct pt_level *row, unsigned int slot)
{
	return slot >= row->monitor_first && slot < row->monitor_end;
}

static inline enum frame_type slot_child(const struct pt_level *row, unsigned int slot)
{
	return (enum frame_type)((int)slot == row->odd_slot ? row->odd_child : row->child);
}

/* ---- entry.c: what one entry may say, and the references it stands for ---- */

/* Bits that every table of every width may have, and that need no change. */
#define ENTRY_PLAIN (PTE_FRAME | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL)

int entry_clean_odd(const struct pt_level *row, const struct mm_domain *md,
		    pte_t *entry) __must_check;

/*
 * Bring a present entry into the form that may stand in memory, or -EINVAL.
 * @md: the domain whose rights count, NULL for none but the ordinary ones.
 */
static inline __must_check int entry_clean(const struct pt_level *row, const struct mm_domain *md,
					   pte_t *entry)
{
	if (unlikely(*entry & ~ENTRY_PLAIN))
		return entry_clean_odd(row, md, entry);
	*entry |= row->forced;
	return 0;
}

/*
 * L1 entry: ordinary, and writable for RW; nothing for the machine's own
 * memory, which maps_io may map. -EINVAL, -EPERM, -EBUSY.
 */
int leaf_get(pte_t entry, struct mm_domain *frame_owner) __must_check;
void leaf_put(pte_t entry, struct mm_domain *pt_owner);

/*
 * Replace *entry, which nobody but the CPU changes (A and D) under md->lock.
 * All 8 bytes at once: the CPU may walk the table while we change it.
 */
static inline void entry_publish(pte_t *entry, pte_t val)
{
	pte_t seen;

	do {
		seen = READ_ONCE(*entry);
	} while (!cmpxchg_u64(entry, seen, val));
}

/* The same, keeping the A and D bits that stand there. */
static inline void entry_publish_keep_ad(pte_t *entry, pte_t val)
{
	pte_t seen;

	do {
		seen = READ_ONCE(*entry);
	} while (!cmpxchg_u64(entry, seen, val | (seen & (PTE_A | PTE_D))));
}

/* ---- update.c; pt_owner->lock held ---- */

/* The bits by which every level limits what may be done below it. */
#define ENTRY_RIGHTS (PTE_P | PTE_RW | PTE_US)

/* Where an L1 entry is. */
struct leaf_place {
	mfn_t table;
	unsigned int slot;
	pte_t rights;	/* those of ENTRY_RIGHTS that all levels above L1 have */
};

/* Find the L1 entry for gva; false if none covers it. Takes no reference. */
bool leaf_find(mfn_t root, unsigned long gva, struct leaf_place *where) __must_check;
/*
 * A change of an L1 entry, in three steps of which only the first can fail:
 * begin (checks *val, takes what it newly needs), publish, end (puts what old
 * no longer needs). leaf_end(ctx, val, old) takes a begin back.
 * -EINVAL, -EPERM, -EBUSY.
 */
int leaf_begin(const struct pt_ctx *ctx, pte_t old, pte_t *val) __must_check;
void leaf_end(const struct pt_ctx *ctx, pte_t old, pte_t val);

/* ---- descpage.c ---- */

int descpage_validate(mfn_t mfn) __must_check;

/* ---- tlb.c ---- */

struct tlb {
	bool pending;	/* this CPU's: a flush was asked for */
	u32 epoch;	/* flushes so far: an equal reading means none since */
};
extern struct tlb tlb;

static inline u32 tlb_epoch(void)
{
	return __atomic_load_n(&tlb.epoch, __ATOMIC_SEQ_CST);
}

/* ---- WRITABLE references, as type_get() and type_put() but inline ---- */

#define TYPE_WRITABLE ((u32)FT_WRITABLE << TYPE_SHIFT)

/* False: in use as something else (INV-1). The caller holds an ordinary reference. */
static inline __must_check bool writable_get(struct frame *f)
{
	u32 seen;

	do {
		seen = READ_ONCE(f->type);
		/* Without references a frame's word is 0 or TYPE_WRITABLE. */
		if (unlikely(seen && seen - TYPE_WRITABLE >= TYPE_LIMIT))
			return false;
	} while (!cmpxchg_u32(&f->type, seen, (seen | TYPE_WRITABLE) + 1));
	return true;
}

static inline void writable_put(struct frame *f)
{
	u32 seen;

	do {
		seen = READ_ONCE(f->type);
		BUG_ON(seen - TYPE_WRITABLE - 1 >= TYPE_REFS); /* INV-1 */
		if (seen == TYPE_WRITABLE + 1)
			f->link = tlb_epoch();	/* INV-9; before others may see 0 */
	} while (!cmpxchg_u32(&f->type, seen, seen - 1));
}

#endif
