/* SPDX-License-Identifier: MIT */
/*
 * The monitor's own page tables: built once, the same in every address space.
 *
 * Root slots 256-271 are ours in every guest, which gets a copy of them when
 * its root is validated. They never change after arch_paging_init(); what does
 * change (descriptor tables) changes in the tables below them. Guests run in
 * ring 3 and may read one thing of ours, the machine-to-physical table: only
 * what lies under slot 256 has US, at every level.
 */
#include "mappings.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "platform/platform.h"
#include "x86/arch.h"
#include "x86/cpu.h"
#include "x86/guest.h"
#include "x86/ptlevel.h"

#define L2_SHIFT 21
#define L2_SIZE (1UL << L2_SHIFT)
#define FRAMES_4G 0x100000UL
#define FIXMAP_TABLES (FIXMAP_END_PAGE / PTES_PER_TABLE)

#define CPUID81_NX (1u << 20)
#define MSR_EFER 0xc0000080
#define EFER_NXE (1ULL << 11)

#define NR_MONITOR_SLOTS (MONITOR_END_SLOT - MONITOR_FIRST_SLOT)

/* What the early page tables reach, boot/x86_64.S. */
const u64 early_map_bytes = 4ULL << 30;

const u64 directmap_bytes = FRAMETABLE_MAX_FRAMES << PAGE_SHIFT;
const unsigned long guest_m2p_start = M2P_RO_START, guest_m2p_end = M2P_RO_END;

struct frame *const frame_table = (struct frame *)FRAMETABLE_START;
unsigned long *const m2p_table = (unsigned long *)M2P_RW_START;

extern const char _start_image[], _end_image[];
extern const char _text_start[], _text_end[], _rodata_start[], _rodata_end[];

static pte_t monitor_l4[PTES_PER_TABLE] __aligned(4096);
static pte_t fixmap_l1[FIXMAP_TABLES][PTES_PER_TABLE] __aligned(4096);
static u64 global, no_execute; /* PTE_G and PTE_NX if the CPU has them */
static unsigned int next_device_page;

void *directmap_va(u64 maddr)
{
	ASSERT(maddr < directmap_bytes);
	return (void *)(DIRECTMAP_START + maddr);
}

u64 directmap_maddr(const void *va)
{
	ASSERT((unsigned long)va >= DIRECTMAP_START && (unsigned long)va < DIRECTMAP_END);
	return (unsigned long)va - DIRECTMAP_START;
}

unsigned long monitor_cr3(void)
{
	return (unsigned long)directmap_maddr(monitor_l4);
}

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	if (gva < GUEST_LOW_END)
		return len_bytes <= GUEST_LOW_END - gva;
	return gva >= MONITOR_END && len_bytes <= -gva;
}

void fixmap_set(unsigned int page, pte_t e)
{
	/* Guests' descriptors among them: bytes of theirs that ring 0 must not run. */
	if (e)
		e |= no_execute;
	WRITE_ONCE(fixmap_l1[page / PTES_PER_TABLE][page % PTES_PER_TABLE], e);
}

void *arch_map_device(u64 maddr, size_t len_bytes)
{
	unsigned long off = (unsigned long)maddr & (PAGE_SIZE - 1);
	unsigned int nr = (unsigned int)((off + len_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
	unsigned int page = next_device_page;

	if (nr > FIXMAP_END_PAGE - page)
		return NULL;
	next_device_page += nr;
	for (unsigned int i = 0; i < nr; i++)
		fixmap_set(page + i, pte_make(MFN((unsigned long)(maddr >> PAGE_SHIFT) + i),
					      PTE_MONITOR_RW | PTE_PCD | PTE_PWT | global));
	return (void *)(FIXMAP_START + page * PAGE_SIZE + off);
}

/* ---- building ---- */

/* Frames for what is made here: zeroed. The early tables reach what is below 4 GiB. */
static mfn_t fresh_frames(unsigned long nr, bool for_table)
{
	mfn_t mfn = frames_alloc(nr, nr, for_table ? FRAMES_4G : 0);

	if (for_table && mfn_eq(mfn, INVALID_MFN))
		panic("not enough memory for the monitor's page tables");
	if (for_table)
		memset(directmap_va(mfn_to_maddr(mfn).v), 0, nr * PAGE_SIZE);
	return mfn;
}

static pte_t *table_of(pte_t e)
{
	return directmap_va(mfn_to_maddr(pte_mfn(e)).v);
}

/* The entry for va in the table of this level; tables above it are made. */
static pte_t *entry_of(unsigned long va, unsigned int level)
{
	pte_t *table = monitor_l4;

	for (unsigned int l = 4; l > level; l--) {
		pte_t *e = &table[(va >> (3 + 9 * l)) & (PTES_PER_TABLE - 1)];

		if (!*e)
			*e = pte_make(fresh_frames(1, true),
				      PTE_MONITOR_RW | (va < M2P_RW_START ? PTE_US : 0));
		table = table_of(*e);
	}
	return &table[(va >> (3 + 9 * level)) & (PTES_PER_TABLE - 1)];
}

/* Fresh memory under [va, va + bytes), by 2 MiB pages and a tail of small ones. */
static void map_fresh(unsigned long va, unsigned long bytes)
{
	const u64 flags = PTE_MONITOR_RW | global | no_execute;

	for (; bytes >= L2_SIZE; va += L2_SIZE, bytes -= L2_SIZE) {
		mfn_t mfn = fresh_frames(L2_SIZE >> PAGE_SHIFT, false);

		if (mfn_eq(mfn, INVALID_MFN))
			break;
		*entry_of(va, 2) = pte_make(mfn, flags | PTE_PS);
	}
	for (unsigned long end = va + bytes; va < end; va += PAGE_SIZE) {
		mfn_t mfn = fresh_frames(1, false);

		if (mfn_eq(mfn, INVALID_MFN))
			panic("not enough memory for the frame table");
		*entry_of(va, 1) = pte_make(mfn, flags);
	}
}

/*
 * All memory, and what lies between it. The image's own pages are small ones,
 * so that its code, and only that, is executable, and it and constants are not
 * writable.
 */
static void map_direct(void)
{
	u64 end = MAX((u64)max_mfn << PAGE_SHIFT, early_map_bytes);
	unsigned long image = ROUND_DOWN((unsigned long)_start_image, L2_SIZE);
	unsigned long image_end = ROUND_UP((unsigned long)_end_image, L2_SIZE), va;

	for (u64 maddr = 0; maddr < end; maddr += L2_SIZE)
		*entry_of(DIRECTMAP_START + maddr, 2) =
			maddr | PTE_MONITOR_RW | PTE_PS | global | no_execute;
	for (va = image; va < image_end; va += L2_SIZE)
		*entry_of(va, 2) = pte_make(fresh_frames(1, true), PTE_MONITOR_RW);
	for (va = image; va < image_end; va += PAGE_SIZE) {
		pte_t flags = PTE_MONITOR_RW | no_execute;

		if (va >= (unsigned long)_text_start && va < (unsigned long)_text_end)
			flags = PTE_MONITOR_RO;
		else if (va >= (unsigned long)_rodata_start && va < (unsigned long)_rodata_end)
			flags = PTE_MONITOR_RO | no_execute;
		*entry_of(va, 1) = (va - DIRECTMAP_START) | flags | global;
	}
}

/*
 * The machine-to-physical table, seen twice: writable by us, and read-only
 * where guests look. What lies past the last frame reads as all ones (ABI 1.2).
 */
static void map_m2p(void)
{
	const u64 flags = PTE_MONITOR_RO | PTE_US | global | no_execute;
	unsigned long used = ROUND_UP(max_mfn * sizeof(u64), PAGE_SIZE), off;
	mfn_t ones = fresh_frames(1, true), rest = fresh_frames(1, true);

	memset(directmap_va(mfn_to_maddr(ones).v), 0xff, PAGE_SIZE);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
		((pte_t *)directmap_va(mfn_to_maddr(rest).v))[i] = pte_make(ones, flags);

	map_fresh(M2P_RW_START, used);
	for (off = 0; off < M2P_RO_END - M2P_RO_START; off += L2_SIZE) {
		pte_t *view = entry_of(M2P_RO_START + off, 2), *e;

		if (off >= used) {
			*view = pte_make(rest, PTE_MONITOR_RO | PTE_US);
			continue;
		}
		e = entry_of(M2P_RW_START + off, 2);
		if (*e & PTE_PS) {
			*view = pte_make(pte_mfn(*e), flags | PTE_PS);
			continue;
		}
		/* The tail, of small pages; ones behind it. */
		for (unsigned long at = off; at < off + L2_SIZE; at += PAGE_SIZE) {
			mfn_t mfn = at < used ? pte_mfn(*entry_of(M2P_RW_START + at, 1)) : ones;

			*entry_of(M2P_RO_START + at, 1) = pte_make(mfn, flags);
		}
	}
}

static void find_features(void)
{
	if (cpuid(1, 0).d & CPUID_PGE)
		global = PTE_G;
	if (cpuid(0x80000001, 0).d & CPUID81_NX) {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
		no_execute = PTE_NX;
		cpu_has_nx = true;
	}
}

void arch_paging_init(void)
{
	find_features();
	map_direct();
	for (unsigned int i = 0; i < FIXMAP_TABLES; i++)
		*entry_of(FIXMAP_START + i * L2_SIZE, 2) =
			pte_make(va_to_mfn(fixmap_l1[i]), PTE_MONITOR_RW);
	next_device_page = FIXMAP_DEVICE_PAGE;
	map_fresh(FRAMETABLE_START, ROUND_UP(max_mfn * sizeof(struct frame), PAGE_SIZE));
	map_m2p();

	write_cr3(monitor_cr3());
	if (global)
		write_cr4(read_cr4() | CR4_PGE);
	/* Both tables start as their zero and all-ones states. */
	memset((void *)FRAMETABLE_START, 0, max_mfn * sizeof(struct frame));
	memset((void *)M2P_RW_START, 0xff, ROUND_UP(max_mfn * sizeof(u64), PAGE_SIZE));
}

/*
 * [tour: widths 3] As in 32 bits the monitor is in every address space, so a
 * trap changes no tables. Here it costs 16 entries in each root of a guest;
 * the processor walks the guest's root itself, no copy of it.
 */
void arch_fill_monitor_slots(pte_t *table, unsigned int frame_type, bool clear)
{
	pte_t *ours = &table[MONITOR_FIRST_SLOT];

	if (frame_type != FT_L4)
		return;
	if (clear)
		memset(ours, 0, NR_MONITOR_SLOTS * sizeof(pte_t));
	else
		memcpy(ours, &monitor_l4[MONITOR_FIRST_SLOT], NR_MONITOR_SLOTS * sizeof(pte_t));
}
