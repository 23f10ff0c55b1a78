/* SPDX-License-Identifier: MIT */
/*
 * Loading a root without a guest: see x86/arch.h. Called by domain/kernel.c.
 * The tables below it are platform/scratch.c's.
 */
#include "lib/bug.h"
#include "mappings.h"
#include "mm/mm.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define L3_SHIFT 30
#define PTE_TABLE (PTE_P | PTE_RW | PTE_A)

static pte_t scratch_l4[PTES_PER_TABLE] __aligned(4096);
static pte_t scratch_l3[PTES_PER_TABLE] __aligned(4096);
static unsigned long left_cr3; /* 0: not entered */

void arch_scratch_enter(mfn_t l2)
{
	BUG_ON(left_cr3);
	left_cr3 = read_cr3();
	arch_fill_monitor_slots(scratch_l4, FT_L4, false);
	scratch_l4[0] = pte_make(va_to_mfn(scratch_l3), PTE_TABLE);
	scratch_l3[SCRATCH_START >> L3_SHIFT] = pte_make(l2, PTE_TABLE);
	write_cr3((unsigned long)directmap_maddr(scratch_l4));
}

void arch_scratch_leave(void)
{
	BUG_ON(!left_cr3);
	write_cr3(left_cr3);
	left_cr3 = 0;
}
