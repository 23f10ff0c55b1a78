/* SPDX-License-Identifier: MIT */
/*
 * What a guest's selectors stand for: base addresses, and which selectors a
 * guest may name at all. Called by trap/ to reach guest stacks and code.
 */
#include "domain/domain.h"
#include "gates.h"
#include "layout.h"
#include "lib/errno.h"
#include "x86/arch.h"

/* The base of a selector's segment; false if it isn't a usable one. */
static bool selector_base(u16 sel, unsigned long *base)
{
	desc_t d;

	if (sel == SEL_RING1_CS || sel == SEL_RING1_DS || sel == SEL_RING3_CS ||
	    sel == SEL_RING3_DS) {
		*base = 0;
		return true;
	}
	if (!descriptor_read(sel, &d) || (d & (DESC_P | DESC_S)) != (DESC_P | DESC_S))
		return false;
	*base = desc_base(d);
	return true;
}

bool segment_stack_base(u16 ss, unsigned long *base)
{
	return selector_base(ss, base);
}

bool arch_segment_base(const struct regs *r, unsigned int segment, unsigned long *base)
{
	const unsigned long sel[] = { r->es, r->cs, r->ss, r->ds, r->fs, r->gs };

	return selector_base((u16)sel[segment], base);
}

void arch_code_mode(const struct regs *r, bool *long_mode, bool *op32)
{
	(void)r; /* 16-bit code is left to the guest's own handler */
	*long_mode = false;
	*op32 = true;
}

/*
 * Handlers and frames name code selectors. One of ours that isn't flat guest
 * code would send the CPU into ring 0 with an address of the guest's choice.
 */
bool arch_code_selector_ok(u16 sel)
{
	return sel == SEL_RING1_CS || sel == SEL_RING3_CS || (sel & SEL_TI) ||
	       (sel >> 3) < GDT_GUEST_ENTRIES;
}

u16 arch_fix_rpl(u16 sel)
{
	return (sel & SEL_RPL) ? sel : sel | 1;
}

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	return gva < MONITOR_START && len_bytes <= MONITOR_START - gva;
}

long arch_set_segment_base(struct vcpu *v, unsigned int which, u64 base)
{
	(void)v;
	(void)which;
	(void)base;
	return -ENOSYS; /* descriptors hold them here */
}
