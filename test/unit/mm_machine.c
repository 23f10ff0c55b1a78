/* SPDX-License-Identifier: MIT */
/*
 * The machine under hv/mm in host tests: memory, windows, TLB, frame and heap
 * allocators, all as simple as they can be.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mm_machine.h"

struct machine machine;

static u8 memory[MACHINE_FRAMES][PAGE_SIZE] __aligned(4096);
static struct frame frames[MACHINE_FRAMES];
static unsigned long m2p[MACHINE_FRAMES];

struct frame *const frame_table = frames;
unsigned long *const m2p_table = m2p;
unsigned long max_mfn = MACHINE_FRAMES;
const u64 directmap_bytes = (u64)FIRST_GUEST_FRAME << PAGE_SHIFT;
const unsigned long guest_va_end = 0xf5800000;

void machine_init(void)
{
	memset(&machine, 0, sizeof(machine));
	memset(frames, 0, sizeof(frames));
	memset(memory, 0xcc, sizeof(memory));
	memset(m2p, 0xff, sizeof(m2p));
	machine.live_root = INVALID_MFN;
	tlb_flush_now();
	machine.nr_flushes = 0;
}

pte_t *machine_page(mfn_t mfn)
{
	ck_assert_uint_lt(mfn.v, MACHINE_FRAMES);
	return (pte_t *)(void *)memory[mfn.v];
}

void machine_load_root(mfn_t root)
{
	machine.live_root = root;
	if (root_type == FT_L3)
		root_read_shadow(root, machine.shadow);
	tlb_flush_now();
}

unsigned int machine_nr_free(void)
{
	unsigned int i, nr = 0;

	for (i = FIRST_GUEST_FRAME; i < MACHINE_FRAMES; i++)
		nr += !machine.allocated[i];
	return nr;
}

/* ---- hv/x86/arch.h ---- */

void *arch_map_frame(mfn_t mfn)
{
	ck_assert_uint_lt(mfn.v, MACHINE_FRAMES);
	machine.nr_maps++;
	machine.max_maps = MAX(machine.max_maps, machine.nr_maps);
	return memory[mfn.v];
}

void arch_unmap_frame(const void *va)
{
	ck_assert(va >= (void *)memory && va < (void *)(memory + MACHINE_FRAMES));
	ck_assert_uint_gt(machine.nr_maps, 0);
	machine.nr_maps--;
}

void *directmap_va(u64 maddr)
{
	ck_assert(maddr < directmap_bytes);
	return (u8 *)memory + maddr;
}

u64 directmap_maddr(const void *va)
{
	return (u64)((const u8 *)va - (const u8 *)memory);
}

void arch_fill_monitor_slots(pte_t *table, unsigned int type, bool clear)
{
	unsigned int slot;

	for (slot = pt_levels[type].monitor_first; slot < pt_levels[type].monitor_end; slot++)
		table[slot] = clear ? 0 : (MONITOR_MARK | PTE_P);
}

void arch_root_changed(mfn_t root)
{
	if (!mfn_eq(root, machine.live_root))
		return;
	machine.nr_reloads++;
	machine_load_root(root);
}

void arch_tlb_flush(void)
{
	machine.nr_flushes++;
}

bool arch_guest_range_ok(unsigned long gva, size_t len_bytes)
{
	return gva < guest_va_end && len_bytes <= guest_va_end - gva;
}

size_t arch_copy_user(void *dst, const void *src, size_t n)
{
	(void)dst;
	(void)src;
	machine.nr_copies++;
	return machine.copy_faults ? n : 0;
}

/* ---- hv/platform/platform.h ---- */

bool frame_is_ram(mfn_t mfn)
{
	return mfn.v < MACHINE_FRAMES && mfn.v != HOLE_FRAME;
}

bool frame_is_io(mfn_t mfn)
{
	return mfn.v >= MACHINE_FRAMES + 8 || mfn.v == HOLE_FRAME;
}

mfn_t frames_alloc(unsigned long nr, unsigned long align, unsigned long limit)
{
	unsigned long top = limit && limit < MACHINE_FRAMES ? limit : MACHINE_FRAMES;
	unsigned long first, i;

	if (top < nr)
		return INVALID_MFN;
	for (first = (top - nr) & ~(align - 1); first >= FIRST_GUEST_FRAME; first -= align) {
		for (i = 0; i < nr && !machine.allocated[first + i]; i++)
			;
		if (i < nr)
			continue;
		for (i = 0; i < nr; i++)
			machine.allocated[first + i] = true;
		return MFN(first);
	}
	return INVALID_MFN;
}

void frames_free(mfn_t first, unsigned long nr)
{
	for (; nr--; first.v++) {
		ck_assert_uint_lt(first.v, MACHINE_FRAMES);
		ck_assert(machine.allocated[first.v]);
		machine.allocated[first.v] = false;
	}
}

void *heap_alloc_pages(unsigned int nr)
{
	unsigned int i;

	/* A tight heap: who wants more must be content with less. */
	if (nr != 1)
		return NULL;
	for (i = HOLE_FRAME + 1; i < FIRST_GUEST_FRAME; i++)
		if (!machine.allocated[i]) {
			machine.allocated[i] = true;
			memset(memory[i], 0, PAGE_SIZE);
			return memory[i];
		}
	return NULL;
}

void heap_free_pages(void *va, unsigned int nr)
{
	unsigned long mfn = va_to_mfn(va).v;

	ck_assert(nr == 1 && machine.allocated[mfn]);
	machine.allocated[mfn] = false;
}

void log_at(enum loglvl level, const char *format, ...)
{
	(void)level;
	(void)format;
}

void printk(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* ---- guest memory ---- */

void guest_write(mfn_t mfn, unsigned int slot, pte_t val)
{
	enum frame_type type = frame_type(mfn);

	/* Where no writable mapping can be, a guest's store would fault. */
	ck_assert(type == FT_NONE || type == FT_WRITABLE);
	machine_page(mfn)[slot] = val;
}

struct space guest_space(struct mm_domain *md)
{
	struct space s = {
		.root = mm_alloc_frame(md),
		.l2x = mm_alloc_frame(md),
		.l2 = mm_alloc_frame(md),
		.l1 = mm_alloc_frame(md),
	};

	guest_write(s.l2, 0, entry(s.l1, PTE_RW | PTE_US));
	guest_write(s.root, 0, entry(s.l2, PTE_RW));
	guest_write(s.root, 3, entry(s.l2x, 0));
	return s;
}
