/* SPDX-License-Identifier: MIT */
/* What the files of this test share. */
#ifndef GRANT_PAIR_H
#define GRANT_PAIR_H

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

enum {
	REF_WRITABLE = 20,
	REF_READONLY,
	REF_EMPTY,
	REF_FOR_D0,
	REF_TABLE,
	REF_MONITOR,
	REF_NOT_OWN,
	REF_BEYOND,
	REF_TRANSFER,
};

/* A page of this domain that shows a granted frame meanwhile. */
struct view {
	volatile uint32_t *va;
	uint64_t host_addr; /* as given: the address or its entry's */
	grant_handle_t handle;
	unsigned long own_mfn, granted_mfn;
};

/* Map and unmap as flags (GNTMAP_*, host_map is added) say: 0 or GNTST_*. */
int view_map(struct view *v, domid_t dom, grant_ref_t ref, uint32_t flags);
/* Without adding it; leaves nothing behind unless it succeeds. */
int view_map_raw(struct view *v, domid_t dom, grant_ref_t ref, uint32_t flags);
/* Unmap and show the own frame again. */
int view_unmap(struct view *v);
/* The bare call, with another address. */
int view_unmap_at(const struct view *v, uint64_t host_addr);

/* The mapper's parts in mapper.c. */
void check_copies(struct pair *p);
/* Ends both views. */
void check_stale(struct pair *p, struct view *writable, struct view *readonly);
void check_replace(struct pair *p);
void check_many(struct pair *p);

#endif
