/* SPDX-License-Identifier: MIT */
/* The monitor's own mappings, among the files of this folder. See layout.h. */
#ifndef X86_64_MAPPINGS_H
#define X86_64_MAPPINGS_H

#include "layout.h"
#include "lib/types.h"
#include "x86/pte.h"

/* Data: never executed where the CPU can forbid it, see cpu_has_nx. */
#define PTE_MONITOR_RW (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_MONITOR_RO (PTE_P | PTE_A)

/* Behind the per-CPU pages devices, for ever. */
#define FIXMAP_DEVICE_PAGE 512
#define FIXMAP_END_PAGE 1536

/* Write one of these entries; the caller drops the old translation. */
void fixmap_set(unsigned int page, pte_t e);

/* Machine address of the monitor's own root table. */
unsigned long monitor_cr3(void);

#endif
