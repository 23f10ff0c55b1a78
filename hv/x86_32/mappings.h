/* SPDX-License-Identifier: MIT */
/* The monitor's own mappings, among the files of this folder. See layout.h. */
#ifndef X86_32_MAPPINGS_H
#define X86_32_MAPPINGS_H

#include "layout.h"
#include "lib/types.h"
#include "x86/pte.h"

#define PTE_MONITOR_RW (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_MONITOR_RO (PTE_P | PTE_A)

/* In the CPU's own 2 MiB, besides what layout.h says. */
#define FIXMAP_WINDOW_PAGE 256	/* 256 pages */

/* Behind them: devices, for ever; in the last table guests' frames, for a while. */
#define FIXMAP_DEVICE_PAGE 512
#define FIXMAP_LASTING_PAGE 1536

/* Write one of these entries; the caller drops the old translation. */
void fixmap_set(unsigned int page, pte_t e);

/* Machine address of the monitor's own page-directory-pointer table. */
unsigned long monitor_cr3(void);

#endif
