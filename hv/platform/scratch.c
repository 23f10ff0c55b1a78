/* SPDX-License-Identifier: MIT */
/*
 * Plenty of memory in one piece, for a while: an address space of our own.
 *
 * Neither width can map some ten megabytes of scattered frames side by side
 * among its own mappings, so they go where guests' addresses are, under a root
 * that no guest uses. Its tables are made here of frames; the width folder
 * only loads it. Called by domain/kernel.c.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define PTE_SCRATCH (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_OURS (1ULL << 9) /* among PTE_AVAIL: a frame to give back */
#define SCRATCH_PAGES (PTES_PER_TABLE * PTES_PER_TABLE)
#define FRAMES_4G 0x100000UL

/* A page table, empty: old emulators cut its address to 32 bits. */
static mfn_t new_table(void)
{
	mfn_t mfn = frames_alloc(1, 1, FRAMES_4G);
	void *table;

	if (mfn_eq(mfn, INVALID_MFN))
		return mfn;
	table = arch_map_frame(mfn);
	memset(table, 0, PAGE_SIZE);
	arch_unmap_frame(table);
	return mfn;
}

static pte_t entry_read(mfn_t table, unsigned int slot)
{
	const pte_t *t = arch_map_frame(table);
	pte_t e = t[slot];

	arch_unmap_frame(t);
	return e;
}

static void entry_write(mfn_t table, unsigned int slot, pte_t e)
{
	pte_t *t = arch_map_frame(table);

	t[slot] = e;
	arch_unmap_frame(t);
}

bool scratch_open(struct scratch *s)
{
	s->next = 0;
	s->l2 = new_table();
	return !mfn_eq(s->l2, INVALID_MFN);
}

/* One page more; false if there is no memory. */
static bool map_page(struct scratch *s, mfn_t mfn, bool ours)
{
	unsigned int slot = s->next / PTES_PER_TABLE;
	pte_t l2e = entry_read(s->l2, slot);

	if (!l2e) {
		mfn_t l1 = new_table();

		if (mfn_eq(l1, INVALID_MFN))
			return false;
		l2e = pte_make(l1, PTE_SCRATCH);
		entry_write(s->l2, slot, l2e);
	}
	if (ours)
		mfn = frame_alloc_any();
	if (mfn_eq(mfn, INVALID_MFN))
		return false;
	entry_write(pte_mfn(l2e), s->next % PTES_PER_TABLE,
		    pte_make(mfn, PTE_SCRATCH | (ours ? PTE_OURS : 0)));
	s->next++;
	return true;
}

void *scratch_map(struct scratch *s, mfn_t first, unsigned long nr)
{
	bool ours = mfn_eq(first, INVALID_MFN);
	void *va = (void *)(SCRATCH_START + s->next * PAGE_SIZE);

	if (s->next >= SCRATCH_PAGES || nr >= SCRATCH_PAGES - s->next)
		return NULL;
	for (unsigned long i = 0; i < nr; i++)
		if (!map_page(s, ours ? first : MFN(first.v + i), ours))
			return NULL;
	s->next++;
	return va;
}

mfn_t scratch_frame(const struct scratch *s, const void *va)
{
	unsigned long page = ((unsigned long)va - SCRATCH_START) >> PAGE_SHIFT;

	BUG_ON(page >= s->next);
	return pte_mfn(entry_read(pte_mfn(entry_read(s->l2, page / PTES_PER_TABLE)),
				  page % PTES_PER_TABLE));
}

void scratch_close(struct scratch *s)
{
	if (mfn_eq(s->l2, INVALID_MFN))
		return;
	for (unsigned int slot = 0; slot < PTES_PER_TABLE; slot++) {
		pte_t l2e = entry_read(s->l2, slot);

		if (!l2e)
			continue;
		for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
			pte_t e = entry_read(pte_mfn(l2e), i);

			if (e & PTE_OURS)
				frames_free(pte_mfn(e), 1);
		}
		frames_free(pte_mfn(l2e), 1);
	}
	frames_free(s->l2, 1);
	s->l2 = INVALID_MFN;
}
