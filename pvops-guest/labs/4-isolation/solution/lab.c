// SPDX-License-Identifier: MIT
/*
 * Lab 4, solved: four ways out that are closed.
 */
#include "pvops-guest/labs/4-isolation/lab.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"

/* The frame at 1 MB: on this machine the monitor's own, in any case not ours. */
#define FOREIGN_MFN 0x100

void attack_neighbour(void)
{
	unsigned long va = (unsigned long)mm_page_alloc();

	lab_map(va, mm_make_entry(FOREIGN_MFN, PTE_BASE));
}

void attack_own_tables(void)
{
	unsigned long va = (unsigned long)mm_page_alloc();

	lab_map(va, mm_make_entry(mm_entry_maddr(va, 1) >> 12, PTE_BASE | PTE_RW));
}

void attack_with_root(void)
{
	uint64_t *root = mm_page_alloc();

	root[0] = mm_make_entry(FOREIGN_MFN, PTE_P);
	mm_set_readonly((unsigned long)root);
	lab_load_root(mm_virt_to_mfn((unsigned long)root));
}

static void load_idt(void *arg)
{
	struct {
		uint16_t limit;
		unsigned long base;
	} __attribute__((packed)) pointer = {0xfff, (unsigned long)arg};

	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void attack_processor(void)
{
	lab_execute(load_idt, mm_page_alloc());
}
