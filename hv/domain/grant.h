/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, version 1: a domain lets named others map single frames.
 * ABI 6.5; xen/grant_table.h. The rules are told at the head of grant.c.
 *
 * Locks: each domain's grants.lock guards its own table's pins and, apart from
 * that, the handles of the mappings it made. Never two at once; mm's locks are
 * taken outside of it. Context of every function: interrupts off.
 */
#ifndef DOMAIN_GRANT_H
#define DOMAIN_GRANT_H

#include "lib/lock.h"
#include "lib/types.h"
#include "lib/xenabi.h"

#include <xen/grant_table.h>

struct domain;

#define GRANT_MAX_FRAMES 32
#define GRANTS_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))

/* How often an entry is mapped or copied by others, and as what. */
struct grant_pin {
	u32 mfn;		/* while in use */
	u16 domid;		/* who uses it, while in use */
	u16 readers, writers;	/* users, read-only and writable */
	u16 unused[3];
};

/* One use of an entry of another's table. */
struct grant_use {
	struct domain *granter;
	mfn_t mfn;	/* what the entry granted: grant_pin() says */
	u32 ref;
	bool write;
};

/* One mapping made by this domain: the handle is its index. */
struct grant_maptrack {
	struct grant_use use;	/* granter: referenced; NULL: free */
	u64 host_addr;		/* as given: linear address, or entry's machine address */
	u64 entry;		/* machine address of the L1 entry */
	bool mapped;		/* else the handle is reserved: being mapped or unmapped */
};

#define GRANT_PIN_PAGES (GRANTS_PER_FRAME * sizeof(struct grant_pin) / PAGE_SIZE)
#define GRANT_MAPTRACK_PAGES 128
#define GRANT_MAPTRACK_PER_PAGE (PAGE_SIZE / sizeof(struct grant_maptrack))

struct grant_table {
	spinlock_t lock;
	unsigned int nr_frames;	/* 0 before and after its life, 1..GRANT_MAX_FRAMES */
	grant_entry_v1_t *frames[GRANT_MAX_FRAMES];	/* heap pages shared with the guest */
	struct grant_pin *pins[GRANT_MAX_FRAMES];	/* heap pages, on demand */
	struct grant_maptrack *maptrack[GRANT_MAPTRACK_PAGES]; /* heap pages, on demand */
	u32 first_free;		/* no lower handle is free */
};

/* One frame of entries, all invalid. 0, -ENOMEM. */
int grant_table_init(struct domain *d);
/* A dying domain: forget the mappings it made (its tables are being taken apart). */
void grant_release_mappings(struct domain *d);
/* Whether somebody maps a page of the table itself. */
bool grant_table_in_use(const struct domain *d);
/* A domain that is gone: the table, of which nothing is mapped. */
void grant_table_destroy(struct domain *d);

/* The builder's references: let `to` map mfn through ref (of the first frame). */
void grant_set_entry(struct domain *d, u32 ref, unsigned int to, mfn_t mfn);

/*
 * One operation each, arguments copied in; the result goes to op->status
 * (GNTST_*). For map and the two that unmap, d is the current domain.
 */
void grant_map(struct domain *d, struct gnttab_map_grant_ref *op);
void grant_unmap(struct domain *d, struct gnttab_unmap_grant_ref *op);
/* Unmap, and put there what is mapped at new_addr (0: nothing), which becomes empty. */
void grant_unmap_and_replace(struct domain *d, struct gnttab_unmap_and_replace *op);
void grant_copy(struct domain *d, struct gnttab_copy *op);
/* Writes the frame list to the guest; op->status. Returns 0. */
long grant_setup_table(struct domain *caller, struct gnttab_setup_table *op);
long grant_query_size(struct domain *caller, struct gnttab_query_size *op);

/*
 * Use an entry for `user`: counted, and told in the entry's GTF_reading and
 * GTF_writing. GNTST_okay: use->mfn is the frame, which the caller still has
 * to get a reference for. Else nothing is held. For map and copy.
 */
s16 grant_pin(const struct domain *user, struct grant_use *use) __must_check;
void grant_unpin(const struct grant_use *use);

#endif
