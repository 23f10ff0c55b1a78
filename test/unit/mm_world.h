/* SPDX-License-Identifier: MIT */
/*
 * The state of a random test of hv/mm, and its dice: frames, types, entries
 * and flags that are plausible more often than chance would have it.
 */
#ifndef TEST_UNIT_MM_WORLD_H
#define TEST_UNIT_MM_WORLD_H

#include "mm_machine.h"

#define NR_SEGDESC 6
#define NR_SHARED 3

/* A vcpu's record and what it is busy with. */
struct task {
	struct mm_work work;
	bool busy, is_root;	/* is_root: table_get() of a new base pointer, else a pin */
	mfn_t mfn;
	enum frame_type type;
};

struct world {
	u64 rng;
	struct mm_domain a, b;
	struct task tasks[2];
	mfn_t root;	/* base pointer: the vcpu's reference */
	mfn_t built;	/* a root in plain memory, last time we looked */
	mfn_t segdesc[NR_SEGDESC];
	unsigned int nr_segdesc;
	void *shared[NR_SHARED];
	/* How often each kind of thing succeeded: the test tests something. */
	unsigned int nr_pins, nr_roots, nr_updates, nr_upper, nr_maps, nr_writes, nr_descs,
		nr_exchanges, nr_refused;
};
extern struct world w;

u32 below(u32 limit);
bool one_in(u32 n);

/* Any frame number at all, mostly of guest memory. */
mfn_t any_frame(void);
/* A frame of md used as type now, if a few tries find one; else any. */
mfn_t frame_like(struct mm_domain *md, enum frame_type type);
enum frame_type any_type(void);
u64 any_flags(void);
/* An entry that means something, mostly, in a table of this type. */
pte_t any_entry(struct mm_domain *md, enum frame_type table, unsigned int slot);
/* What stands in the table now, but for a bit. */
pte_t changed_entry(mfn_t table, unsigned int slot);
/* The first slot from here that has an entry; this one if there is none. */
unsigned int used_slot(mfn_t table, unsigned int slot);
/* md as it asks for an update, with some budget left or little. */
struct pt_ctx ctx_of(struct mm_domain *md);
/* Whether a guest's own store to the frame could succeed. */
bool may_store(mfn_t mfn);

/* Two domains with memory. */
void world_init(u64 seed);

#endif
