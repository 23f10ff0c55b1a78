/* SPDX-License-Identifier: MIT */
/*
 * A machine for the tests of hv/mm: frames that are pages of host memory, the
 * seam's functions, and an oracle that recounts every reference from scratch.
 */
#ifndef TEST_UNIT_MM_MACHINE_H
#define TEST_UNIT_MM_MACHINE_H

#include "harness.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/mm.h"
#include "platform/platform.h"
#include "x86/ptlevel.h"

#define MACHINE_FRAMES 192
/* Frames below this are the monitor's own, the heap's and a hole. */
#define FIRST_GUEST_FRAME 16
#define HOLE_FRAME 3 /* not RAM */

/* What stands in a monitor slot of a validated table. */
#define MONITOR_MARK 0x5500000000000000ull

struct machine {
	unsigned int nr_maps;	/* windows open now */
	unsigned int max_maps;
	unsigned int nr_flushes;
	unsigned int nr_reloads; /* arch_root_changed() of the live root */
	unsigned int nr_copies;	/* arch_copy_user() calls */
	bool copy_faults;
	bool allocated[MACHINE_FRAMES];
	mfn_t live_root;	/* INVALID_MFN: none */
	pte_t shadow[4];	/* what CR3 was last loaded with */
};
extern struct machine machine;

/* Where guests' addresses end. */
extern const unsigned long guest_va_end;

/* Begin anew: all memory free, filled with rubbish. */
void machine_init(void);
pte_t *machine_page(mfn_t mfn);
/* Load a root as the monitor would: shadow and flush. */
void machine_load_root(mfn_t root);
unsigned int machine_nr_free(void);

/* ---- oracle ---- */

/* References that the test itself holds, by kind. */
void oracle_init(void);
void oracle_hold(mfn_t mfn, enum frame_type type);	/* ordinary, and a type unless FT_NONE */
void oracle_unhold(mfn_t mfn, enum frame_type type);
u32 oracle_holds(mfn_t mfn, enum frame_type type);
/* Tell mm_audit() of them. */
void oracle_visit_holds(audit_visit visit);
/* A record whose lists count too. At most 4. */
void oracle_add_work(const struct mm_work *work);
void oracle_add_domain(const struct mm_domain *md);
/* The operation about to be checked may have made mappings of it by others. */
void oracle_allow_foreign(mfn_t mfn);
/* Recount all; aborts the test with a message at the first difference. */
void oracle_check(const char *after);
/*
 * The guest runs: flush if asked for, then nothing stale may be dangerous.
 * Call after each operation.
 */
void oracle_guest_runs(const char *after);

/* ---- building guest memory, as a guest would ---- */

/* Write an entry into a page that isn't a table now. */
void guest_write(mfn_t mfn, unsigned int slot, pte_t val);
static inline pte_t entry(mfn_t mfn, u64 flags)
{
	return pte_make(mfn, flags | PTE_P);
}
/* A minimal address space: root, an L2X, an L2 for slot 0 with one L1. */
struct space {
	mfn_t root, l2x, l2, l1;
};
struct space guest_space(struct mm_domain *md);
#define GVA_OF_SLOT(slot) ((unsigned long)(slot) << PAGE_SHIFT)

#endif
