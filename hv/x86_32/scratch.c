/* SPDX-License-Identifier: MIT */
/*
 * Loading a root without a guest: see x86/arch.h. Called by domain/kernel.c.
 * The tables below it are platform/scratch.c's.
 */
#include "lib/bug.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define L3_SHIFT 30

static pte_t scratch_pdpt[4] __aligned(32);
static unsigned long left_cr3; /* 0: not entered */

void arch_scratch_enter(mfn_t l2)
{
	const pte_t *ours = directmap_va(monitor_cr3());

	BUG_ON(left_cr3);
	left_cr3 = read_cr3();
	scratch_pdpt[SCRATCH_START >> L3_SHIFT] = pte_make(l2, PTE_P);
	scratch_pdpt[MONITOR_START >> L3_SHIFT] = ours[MONITOR_START >> L3_SHIFT];
	write_cr3((unsigned long)directmap_maddr(scratch_pdpt));
}

void arch_scratch_leave(void)
{
	BUG_ON(!left_cr3);
	write_cr3(left_cr3);
	left_cr3 = 0;
}
