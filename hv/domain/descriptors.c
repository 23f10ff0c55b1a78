/* SPDX-License-Identifier: MIT */
/*
 * A guest's descriptor tables as the CPU sees them: reading and changing a live
 * descriptor, and the LDT, page by page on demand. ABI 2.2 (SET_LDT), 4.8.
 *
 * The CPU reads both tables through windows of ours (GDT_VA, LDT_VA); an LDT
 * page appears in its window when a selector first needs it, after all its
 * descriptors were checked. Called by trap/ and the width folders.
 */
#include "domain/domain.h"
#include "layout.h"
#include "x86/arch.h"

#define LDT_END (LDT_VA + LDT_PAGES * PAGE_SIZE)
#define FIRST_OWN_ENTRY (GDT_GUEST_ENTRIES)

int ldt_window_selector(unsigned long cr2)
{
	if (cr2 < LDT_VA || cr2 >= LDT_END)
		return -1;
	return (int)((cr2 - LDT_VA) & ~7UL) | SEL_TI;
}

bool ldt_fault(struct vcpu *v, unsigned long cr2)
{
	unsigned int page = (cr2 - LDT_VA) / PAGE_SIZE;
	struct mm_domain *md;
	pte_t e;

	if (!v || ldt_window_selector(cr2) < 0)
		return false;
	md = &v->domain->mm;
	if (page * 512 >= v->arch.nr_ldt_entries || !mfn_eq(v->arch.ldt[page], INVALID_MFN) ||
	    !pt_walk(v->arch.root, v->arch.ldt_gva + page * PAGE_SIZE, &e, NULL) || !(e & PTE_P))
		return false;
	if (!frame_get(pte_mfn(e), md))
		return false;
	if (frame_get_type(pte_mfn(e), md, FT_SEGDESC)) {
		frame_put(pte_mfn(e));
		return false;
	}
	v->arch.ldt[page] = pte_mfn(e);
	arch_ldt_map(page, pte_mfn(e));
	return true;
}

void ldt_drop(struct vcpu *v)
{
	for (unsigned int page = 0; page < LDT_PAGES; page++) {
		mfn_t mfn = v->arch.ldt[page];

		if (mfn_eq(mfn, INVALID_MFN))
			continue;
		v->arch.ldt[page] = INVALID_MFN;
		frame_put_type(mfn, &v->domain->mm);
		frame_put(mfn);
	}
}

bool descriptor_read(u16 sel, desc_t *d)
{
	struct vcpu *v = current_vcpu();
	unsigned int entry = sel >> 3;

	if (sel & SEL_TI) {
		if (entry >= v->arch.nr_ldt_entries)
			return false;
		/* A loaded selector's page may have gone since: SET_LDT, a new root. */
		if (mfn_eq(v->arch.ldt[entry / 512], INVALID_MFN) &&
		    !ldt_fault(v, LDT_VA + entry * sizeof(*d)))
			return false;
		*d = ((const volatile desc_t *)LDT_VA)[entry];
		return true;
	}
	if (!(sel & ~SEL_RPL) || entry >= FIRST_OWN_ENTRY + 512)
		return false;
	*d = ((const volatile desc_t *)GDT_VA)[entry];
	return true;
}

void descriptor_exchange(u16 sel, desc_t old, desc_t d)
{
	desc_t *table = sel & SEL_TI ? (desc_t *)LDT_VA : (desc_t *)GDT_VA;

	/* Ours are behind the guest's, and read-only pages stand for missing ones. */
	BUG_ON(!(sel & SEL_TI) && sel >> 3 >= FIRST_OWN_ENTRY);
	cmpxchg_u64(&table[sel >> 3], old, d);
}
