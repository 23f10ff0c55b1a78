/* SPDX-License-Identifier: MIT */
/*
 * What the directed tests of hv/mm start from: a domain whose vcpu runs on an
 * unpinned root, and another domain with some frames. Afterwards the oracle
 * recounts, everything is given back, and no frame may be missing.
 */
#ifndef TEST_UNIT_MM_FIXTURE_H
#define TEST_UNIT_MM_FIXTURE_H

#include "mm_machine.h"

struct fixture {
	struct mm_domain md, other;
	struct mm_work work;
	struct space s;		/* the live one */
	mfn_t spare_l1;		/* an empty page to be used as one */
	struct pt_ctx ctx;
};
extern struct fixture t;

mfn_t fixture_frame(void);		/* fresh, md's */
mfn_t fixture_foreign_frame(void);	/* fresh, other's */
/* NEW_BASEPTR: the vcpu's reference moves. */
void fixture_new_root(mfn_t root);

/* With a full budget, to the end. */
int pin(mfn_t mfn, enum frame_type type);
int unpin(mfn_t mfn);
int drain(void);

/* Machine address of an entry. */
static inline maddr_t at(mfn_t table, unsigned int slot)
{
	return MADDR(mfn_to_maddr(table).v + slot * sizeof(pte_t));
}

/* Run the tests, each on a fresh fixture; main()'s status. */
int fixture_run(const char *name, const TTest *const *tests, unsigned int nr);

#endif
