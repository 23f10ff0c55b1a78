/* SPDX-License-Identifier: MIT */
/*
 * What a guest's selectors stand for: base addresses, and which selectors a
 * guest may name at all. Called by trap/ to reach guest stacks and code.
 */
#include "domain/domain.h"
#include "layout.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"

#define FIRST_OWN_ENTRY (GDT_GUEST_ENTRIES)

/* Read a descriptor of the running vcpu through its mapped tables. */
static bool read_descriptor(u16 sel, desc_t *d)
{
	struct vcpu *v = current_vcpu();
	unsigned int entry = sel >> 3;

	if (sel & SEL_TI) {
		if (entry >= v->arch.nr_ldt_entries)
			return false;
		/* A loaded selector's page may have gone since: SET_LDT, a new root. */
		if (mfn_eq(v->arch.ldt[entry / 512], INVALID_MFN) &&
		    !arch_ldt_fault(v, LDT_VA + entry * sizeof(*d)))
			return false;
		*d = ((const volatile desc_t *)LDT_VA)[entry];
		return true;
	}
	if (entry >= FIRST_OWN_ENTRY + 512)
		return false;
	*d = ((const volatile desc_t *)GDT_VA)[entry];
	return true;
}

bool arch_descriptor_read(u16 sel, desc_t *d)
{
	return (sel & ~SEL_RPL) && read_descriptor(sel, d);
}

void arch_descriptor_exchange(u16 sel, desc_t old, desc_t d)
{
	desc_t *table = sel & SEL_TI ? (desc_t *)LDT_VA : (desc_t *)GDT_VA;

	/* Ours are behind the guest's, and read-only pages stand for missing ones. */
	BUG_ON(!(sel & SEL_TI) && sel >> 3 >= FIRST_OWN_ENTRY);
	cmpxchg_u64(&table[sel >> 3], old, d);
}

bool arch_segment_base(u16 sel, unsigned long *base)
{
	desc_t d;

	if (sel == SEL_RING1_CS || sel == SEL_RING1_DS || sel == SEL_RING3_CS ||
	    sel == SEL_RING3_DS) {
		*base = 0;
		return true;
	}
	if (!(sel & ~SEL_RPL) || !read_descriptor(sel, &d))
		return false;
	if ((d & (DESC_P | DESC_S)) != (DESC_P | DESC_S))
		return false;
	*base = (unsigned long)((d >> 16 & 0xffffff) | (d >> 56 << 24));
	return true;
}

/*
 * Handlers and frames name code selectors. One of ours that isn't flat guest
 * code would send the CPU into ring 0 with an address of the guest's choice.
 */
bool arch_code_selector_ok(u16 sel)
{
	return sel == SEL_RING1_CS || sel == SEL_RING3_CS || (sel & SEL_TI) ||
	       (sel >> 3) < FIRST_OWN_ENTRY;
}

u16 arch_fix_rpl(u16 sel)
{
	return (sel & SEL_RPL) ? sel : sel | 1;
}

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	return gva < MONITOR_START && len_bytes <= MONITOR_START - gva;
}
