/* SPDX-License-Identifier: MIT */
/*
 * The monitor's own page tables: built once, the same in every address space.
 *
 * The top of slot 3's page directory (entries 428-511) is ours in every guest.
 * Its entries never change after arch_paging_init(), so a guest's directory
 * gets a copy when it is validated and needs no update later; what does change
 * (windows, descriptor tables) changes in the tables below them.
 */
#include "mappings.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "platform/platform.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"
#include "x86/guest.h"

#define L2_SHIFT 21
#define L2_SIZE (1UL << L2_SHIFT)
#define L2_SLOT(va) (((va) >> L2_SHIFT) & 511)
#define FIXMAP_TABLES ((FIXMAP_END - FIXMAP_START) >> L2_SHIFT)

const u64 directmap_bytes = DIRECTMAP_SIZE;
const u64 early_map_bytes = MONITOR_START;
const unsigned long guest_m2p_start = M2P_RO_START, guest_m2p_end = M2P_RO_END;

struct frame *const frame_table = (struct frame *)FRAMETABLE_START;
unsigned long *const m2p_table = (unsigned long *)M2P_RW_START;

/* Static parts: in the image, so inside the direct map and below 4 GiB. */
static pte_t monitor_pdpt[4] __aligned(32);
static pte_t monitor_l2[PTES_PER_TABLE] __aligned(4096);
static pte_t fixmap_l1[FIXMAP_TABLES][PTES_PER_TABLE] __aligned(4096);
static u64 global; /* PTE_G if the CPU has it */
static unsigned int next_device_page;

void *directmap_va(u64 maddr)
{
	BUG_ON(maddr >= DIRECTMAP_SIZE);
	return (void *)(unsigned long)(DIRECTMAP_START + maddr);
}

u64 directmap_maddr(const void *va)
{
	BUG_ON((unsigned long)va < DIRECTMAP_START || (unsigned long)va >= DIRECTMAP_END);
	return (unsigned long)va - DIRECTMAP_START;
}

unsigned long monitor_cr3(void)
{
	return (unsigned long)directmap_maddr(monitor_pdpt);
}

void fixmap_set(unsigned int page, pte_t e)
{
	pte_t *slot = &fixmap_l1[page / PTES_PER_TABLE][page % PTES_PER_TABLE];

	/* Two halves: not present first, so that no mixture is ever walked. */
	((volatile u32 *)slot)[0] = 0;
	((volatile u32 *)slot)[1] = (u32)(e >> 32);
	((volatile u32 *)slot)[0] = (u32)e;
}

void *arch_map_device(u64 maddr, size_t len_bytes)
{
	unsigned long off = (unsigned long)maddr & (PAGE_SIZE - 1);
	unsigned int nr = (unsigned int)((off + len_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
	unsigned int page = next_device_page;

	if (page + nr > FIXMAP_LASTING_PAGE)
		return NULL;
	next_device_page += nr;
	for (unsigned int i = 0; i < nr; i++)
		fixmap_set(page + i, pte_make(MFN((unsigned long)(maddr >> PAGE_SHIFT) + i),
					      PTE_MONITOR_RW | PTE_PCD | PTE_PWT | global));
	return (void *)(FIXMAP_START + page * PAGE_SIZE + off);
}

void *arch_map_lasting(mfn_t mfn)
{
	const pte_t *slots = fixmap_l1[FIXMAP_LASTING_PAGE / PTES_PER_TABLE];
	unsigned int i = 0, page;

	while (i < PTES_PER_TABLE && slots[i])
		i++;
	if (i == PTES_PER_TABLE)
		return NULL;
	page = FIXMAP_LASTING_PAGE + i;
	fixmap_set(page, pte_make(mfn, PTE_MONITOR_RW | global));
	return (void *)(FIXMAP_START + page * PAGE_SIZE);
}

void arch_unmap_lasting(const void *va)
{
	fixmap_set((unsigned int)(((unsigned long)va - FIXMAP_START) >> PAGE_SHIFT), 0);
	/* Before the slot is used again: a CPU remembers what was there. */
	invlpg(va);
}

/* A page for the tables below: zeroed, in the direct map. */
static void *table_page(void)
{
	void *page = heap_alloc_pages(1);

	if (!page)
		panic("not enough memory for the monitor's page tables");
	return page;
}

/* Fresh memory under [va, va + bytes), by 2 MiB pages and a tail of small ones. */
static void map_fresh(unsigned long va, unsigned long bytes)
{
	while (bytes >= L2_SIZE) {
		mfn_t mfn = frames_alloc(512, 512, 0x100000);

		if (mfn_eq(mfn, INVALID_MFN))
			break;
		monitor_l2[L2_SLOT(va)] = pte_make(mfn, PTE_MONITOR_RW | PTE_PS | global);
		va += L2_SIZE;
		bytes -= L2_SIZE;
	}
	while (bytes) {
		pte_t *l1 = table_page();
		unsigned int i;

		for (i = 0; i < PTES_PER_TABLE && bytes; i++, bytes -= MIN(bytes, PAGE_SIZE)) {
			mfn_t mfn = frames_alloc(1, 1, 0);

			if (mfn_eq(mfn, INVALID_MFN))
				panic("not enough memory for the frame table");
			l1[i] = pte_make(mfn, PTE_MONITOR_RW | global);
		}
		monitor_l2[L2_SLOT(va)] = pte_make(va_to_mfn(l1), PTE_MONITOR_RW);
		va += L2_SIZE;
	}
}

/*
 * The machine-to-physical table, seen twice: writable by us, and read-only
 * where guests look. What lies past the last frame reads as all ones (ABI 1.2).
 */
static void map_m2p(void)
{
	unsigned long bytes = ROUND_UP(max_mfn * sizeof(u32), PAGE_SIZE);
	void *ones = table_page();
	pte_t *rest = table_page();
	unsigned long va, slot;

	memset(ones, 0xff, PAGE_SIZE);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
		rest[i] = pte_make(va_to_mfn(ones), PTE_MONITOR_RO | global);
	map_fresh(M2P_RW_START, bytes);
	for (va = M2P_RW_START; va < FRAMETABLE_START; va += L2_SIZE) {
		pte_t e = monitor_l2[L2_SLOT(va)];
		pte_t *l1;

		slot = L2_SLOT(va - M2P_RW_START + M2P_RO_START);
		if (!e) {
			monitor_l2[slot] = pte_make(va_to_mfn(rest), PTE_MONITOR_RO);
			continue;
		}
		monitor_l2[slot] = e & ~(PTE_RW | PTE_D);
		if (e & PTE_PS)
			continue;
		/* A partly filled table of small pages: ones for the rest. */
		l1 = directmap_va((u64)pte_mfn(e).v << PAGE_SHIFT);
		for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
			if (!l1[i])
				l1[i] = rest[i];
	}
}

static void load_monitor_root(void)
{
	write_cr3(monitor_cr3());
}

/*
 * [tour: boot 6] The monitor's mappings are made once and are the same in every
 * address space; a guest's tables get a copy of these entries. So a trap
 * changes the ring and not the tables, and costs no TLB flush.
 */
void arch_paging_init(void)
{
	if (cpuid(1, 0).d & CPUID_PGE)
		global = PTE_G;
	for (unsigned long off = 0; off < DIRECTMAP_SIZE; off += L2_SIZE)
		monitor_l2[L2_SLOT(DIRECTMAP_START + off)] = off | PTE_MONITOR_RW | PTE_PS | global;
	for (unsigned int i = 0; i < FIXMAP_TABLES; i++)
		monitor_l2[L2_SLOT(FIXMAP_START + i * L2_SIZE)] =
			pte_make(va_to_mfn(fixmap_l1[i]), PTE_MONITOR_RW);
	next_device_page = FIXMAP_DEVICE_PAGE;
	monitor_pdpt[3] = pte_make(va_to_mfn(monitor_l2), PTE_P);
	map_fresh(FRAMETABLE_START, ROUND_UP(max_mfn * sizeof(struct frame), PAGE_SIZE));
	map_m2p();

	load_monitor_root();
	if (global)
		write_cr4(read_cr4() | CR4_PGE);
	/* Both tables start as their zero and all-ones states. */
	memset((void *)FRAMETABLE_START, 0, max_mfn * sizeof(struct frame));
	memset((void *)M2P_RW_START, 0xff, max_mfn * sizeof(u32));
}

void arch_fill_monitor_slots(pte_t *table, unsigned int frame_type, bool clear)
{
	const unsigned int first = L2_SLOT(MONITOR_START);

	if (frame_type != FT_L2X)
		return;
	if (clear)
		memset(&table[first], 0, (PTES_PER_TABLE - first) * sizeof(pte_t));
	else
		memcpy(&table[first], &monitor_l2[first],
		       (PTES_PER_TABLE - first) * sizeof(pte_t));
}
