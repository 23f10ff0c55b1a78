/* SPDX-License-Identifier: MIT */
/*
 * A guest's LDT, page by page on demand. ABI 2.2 (SET_LDT), 4.8.
 *
 * The CPU reads the LDT through a window of ours (LDT_VA); a page appears in
 * it when a selector first needs it, after all its descriptors were checked.
 */
#include "domain/domain.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"

#define LDT_END (LDT_VA + LDT_PAGES * PAGE_SIZE)

int arch_ldt_window_selector(unsigned long cr2)
{
	if (cr2 < LDT_VA || cr2 >= LDT_END)
		return -1;
	return (int)((cr2 - LDT_VA) & ~7UL) | SEL_TI;
}

bool arch_ldt_fault(struct vcpu *v, unsigned long cr2)
{
	unsigned int page = (cr2 - LDT_VA) / PAGE_SIZE;
	struct mm_domain *md;
	pte_t e;

	if (!v || arch_ldt_window_selector(cr2) < 0)
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
	fixmap_set(FIXMAP_LDT_PAGE + page, pte_make(pte_mfn(e), PTE_MONITOR_RW));
	return true;
}

void arch_ldt_drop(struct vcpu *v)
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
