// SPDX-License-Identifier: MIT
/*
 * Frame numbers, entries of the boot page tables and free pages of a PV
 * guest program. Called by programs and by the grant and start code.
 *
 * The boot tables lie inside the boot mapping, read-only; so an entry can be
 * read through that mapping and changed only by hypercall.
 */

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/string.h"

static unsigned long next_free_va; /* first never used page behind the boot stack */
static const unsigned long *m2p; /* the hypervisor's table */
static unsigned long m2p_max_mfn; /* its last entry */
static void *free_list; /* freed pages, linked by their first word */

unsigned long mm_pfn_to_virt(unsigned long pfn)
{
	return (unsigned long)virt_base + (pfn << PAGE_SHIFT);
}

unsigned long mm_virt_to_pfn(unsigned long va)
{
	return (va - (unsigned long)virt_base) >> PAGE_SHIFT;
}

unsigned long mm_pfn_to_mfn(unsigned long pfn)
{
	const unsigned long *list = (const unsigned long *)start_info->mfn_list;

	return pfn < start_info->nr_pages ? list[pfn] : INVALID_MFN;
}

unsigned long mm_mfn_to_pfn(unsigned long mfn)
{
	return mfn <= m2p_max_mfn ? m2p[mfn] : INVALID_MFN;
}

/* The table that entry points to, through the boot mapping; NULL if none. */
static const volatile uint64_t *table_of(uint64_t entry)
{
	unsigned long pfn;

	if (!(entry & PTE_P))
		return NULL;
	pfn = mm_mfn_to_pfn((entry & PTE_FRAME_MASK) >> PAGE_SHIFT);
	if (pfn >= start_info->nr_pages)
		return NULL;
	return (const volatile uint64_t *)mm_pfn_to_virt(pfn);
}

static unsigned int entry_index(unsigned long va, unsigned int level)
{
	return va >> (12 + 9 * (level - 1)) & 511;
}

static const volatile uint64_t *find_entry(unsigned long va, unsigned int level)
{
	const volatile uint64_t *table = (const volatile uint64_t *)start_info->pt_base;

	for (unsigned int l = PT_LEVELS; l > level && table; l--)
		table = table_of(table[entry_index(va, l)]);
	return table ? &table[entry_index(va, level)] : NULL;
}

uint64_t mm_entry_read(unsigned long va, unsigned int level)
{
	const volatile uint64_t *entry = find_entry(va, level);

	return entry ? *entry : 0;
}

uint64_t mm_entry_maddr(unsigned long va, unsigned int level)
{
	unsigned long entry = (unsigned long)find_entry(va, level);

	if (!entry)
		return 0;
	return (uint64_t)mm_pfn_to_mfn(mm_virt_to_pfn(entry)) << PAGE_SHIFT |
	       (entry & (PAGE_SIZE - 1));
}

unsigned long mm_virt_to_mfn(unsigned long va)
{
	uint64_t entry = mm_entry_read(va, 1);

	return entry & PTE_P ? (entry & PTE_FRAME_MASK) >> PAGE_SHIFT : INVALID_MFN;
}

int mm_map(unsigned long va, unsigned long mfn, uint64_t flags)
{
	return hypercall_update_va_mapping(va, mm_make_entry(mfn, flags | PTE_BASE), UVMF_INVLPG);
}

int mm_unmap(unsigned long va)
{
	return hypercall_update_va_mapping(va, 0, UVMF_INVLPG);
}

int mm_update_entry(uint64_t entry_maddr, uint64_t value)
{
	struct mmu_update update = {.ptr = entry_maddr | MMU_NORMAL_PT_UPDATE, .val = value};

	return hypercall_mmu_update(&update, 1, NULL, DOMID_SELF);
}

int mm_set_readonly(unsigned long va)
{
	return mm_map(va, mm_virt_to_mfn(va), 0);
}

int mm_set_writable(unsigned long va)
{
	return mm_map(va, mm_virt_to_mfn(va), PTE_RW | PTE_D);
}

void mm_init(void)
{
	struct xen_machphys_mapping where = {
		.v_start = MACH2PHYS_VIRT_START,
		.max_mfn = MACH2PHYS_NR_ENTRIES - 1,
	};

	hypercall_memory_op(XENMEM_machphys_mapping, &where);
	m2p = (const unsigned long *)where.v_start;
	m2p_max_mfn = where.max_mfn;
	/* Behind the tables comes the one-page boot stack, then free pages. */
	next_free_va = start_info->pt_base + (start_info->nr_pt_frames + 1) * PAGE_SIZE;
}

void *mm_page_alloc(void)
{
	uint64_t wanted = PTE_P | PTE_RW;
	void *page = free_list;

	if (page) {
		free_list = *(void **)page;
	} else {
		if ((mm_entry_read(next_free_va, 1) & wanted) != wanted)
			return NULL;
		page = (void *)next_free_va;
		next_free_va += PAGE_SIZE;
	}
	return memset(page, 0, PAGE_SIZE);
}

void mm_page_free(void *page)
{
	*(void **)page = free_list;
	free_list = page;
}

int mm_ext_op(unsigned int cmd, unsigned long arg1)
{
	struct mmuext_op op = {.cmd = cmd};

	/* arg1.mfn and arg1.linear_addr are the same word of a union. */
	op.arg1.linear_addr = arg1;
	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}
