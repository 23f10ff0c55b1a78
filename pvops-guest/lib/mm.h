/* SPDX-License-Identifier: MIT */
/*
 * Memory of a PV guest program: frame numbers, page-table entries of the
 * boot tables, pages to use.
 *
 * "pfn" is the program's own page number, "mfn" the machine's. Entries have
 * 8 bytes in both widths, tables PT_LEVELS levels. All errors are the hypervisor's -errno.
 */
#ifndef PVOPS_GUEST_LIB_MM_H
#define PVOPS_GUEST_LIB_MM_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include "width.h"

#define PTE_P	       0x001ull
#define PTE_RW	       0x002ull
#define PTE_US	       0x004ull
#define PTE_PWT	       0x008ull
#define PTE_PCD	       0x010ull
#define PTE_A	       0x020ull
#define PTE_D	       0x040ull
#define PTE_PS	       0x080ull
#define PTE_G	       0x100ull
#define PTE_NX	       (1ull << 63)
#define PTE_FRAME_MASK 0x0000fffffffff000ull
/* What the boot mapping uses, and mm_map() adds to the caller's flags. */
#define PTE_BASE (PTE_P | PTE_A)

#define INVALID_MFN (~0ul)

/* Virtual address of pfn 0, from the linker. */
extern char virt_base[];

/* mm_init - find the pages that are free to use. Called by guest_init(). */
void mm_init(void);

/* Frame numbers. INVALID_MFN (or ~0) where there is none. */
unsigned long mm_virt_to_pfn(unsigned long va); /* boot-mapped area only */
unsigned long mm_pfn_to_virt(unsigned long pfn); /* likewise */
unsigned long mm_pfn_to_mfn(unsigned long pfn);
unsigned long mm_mfn_to_pfn(unsigned long mfn); /* from the hypervisor's table */
unsigned long mm_virt_to_mfn(unsigned long va); /* by walking the tables */

/*
 * mm_entry_maddr - machine address of the entry of va in its table of the
 * given level (1 to PT_LEVELS), or 0 if a higher level has no table there.
 */
uint64_t mm_entry_maddr(unsigned long va, unsigned int level);

/* mm_entry_read - that entry's value, 0 if there is none. */
uint64_t mm_entry_read(unsigned long va, unsigned int level);

static inline uint64_t mm_make_entry(unsigned long mfn, uint64_t flags)
{
	return (uint64_t)mfn << 12 | flags;
}

/*
 * mm_map - make va show frame mfn with PTE_BASE and flags, by
 * update_va_mapping. An L1 table must cover va. The page that va showed
 * before keeps its contents and can be mapped back.
 */
int mm_map(unsigned long va, unsigned long mfn, uint64_t flags);
int mm_unmap(unsigned long va);

/* mm_update_entry - store one entry of any level by mmu_update. */
int mm_update_entry(uint64_t entry_maddr, uint64_t value);

/* Change what a boot-mapped page allows; both flush its translation. */
int mm_set_readonly(unsigned long va);
int mm_set_writable(unsigned long va);

/*
 * mm_page_alloc - one zeroed page of the boot-mapped area, NULL if none is
 * left. mm_page_free - give it back; it must be mapped as it was.
 */
void *mm_page_alloc(void);
void mm_page_free(void *page);

/* mmuext operations with one frame or address argument: MMUEXT_* */
int mm_ext_op(unsigned int cmd, unsigned long arg1);

#endif
