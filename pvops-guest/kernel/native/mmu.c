// SPDX-License-Identifier: MIT
/*
 * Page tables of the bare machine: frame numbers are the machine's, tables are
 * written like any memory.
 */
#include "kern/ptable.h"
#include "native/insn.h"
#include "native/native.h"

/* head.S */
extern pte_t native_boot_root_table[];

mfn_t native_pfn_to_mfn(pfn_t pfn)
{
	return pfn;
}

pfn_t native_mfn_to_pfn(mfn_t mfn)
{
	return mfn;
}

pfn_t native_boot_root(void)
{
	return va_to_pfn(native_boot_root_table);
}

void native_set_pte(pte_t *slot, pte_t value)
{
	volatile uint32_t *half = (volatile uint32_t *)slot;

	native_counters[COUNT_STORE_PTE]++;
	/* The half with the present bit last, or first if it goes away. */
	if (!(value & PTE_P))
		half[0] = value;
	half[1] = value >> 32;
	half[0] = value;
}

void native_set_va(unsigned long va, pte_t value)
{
	pfn_t root = insn_read_cr3() >> PAGE_SHIFT;

	native_set_pte(ptable_last_slot(root, va), value);
	native_counters[COUNT_INVLPG]++;
	insn_invlpg(va);
}

void native_table_ignore(pfn_t pfn)
{
	(void)pfn; /* no one checks our tables */
}

void native_load_tables(const struct tables *tables)
{
	native_counters[COUNT_LOAD_CR3]++;
	insn_write_cr3((unsigned long)tables->root << PAGE_SHIFT);
}

void native_flush_tlb(void)
{
	native_counters[COUNT_LOAD_CR3]++;
	insn_write_cr3(insn_read_cr3());
}

unsigned long native_fault_address(void)
{
	return insn_read_cr2();
}
