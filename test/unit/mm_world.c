/* SPDX-License-Identifier: MIT */
/* Dice and beginning of the random test of hv/mm. */
#include "mm_shape.h"
#include "mm_world.h"

struct world w;

u32 below(u32 limit)
{
	return unit_random_below(&w.rng, limit);
}

bool one_in(u32 n)
{
	return below(n) == 0;
}

mfn_t any_frame(void)
{
	if (one_in(32))
		return MFN(one_in(2) ? below(MACHINE_FRAMES + 8) : (u32)unit_random(&w.rng));
	return MFN(FIRST_GUEST_FRAME + below(MACHINE_FRAMES - FIRST_GUEST_FRAME));
}

mfn_t frame_like(struct mm_domain *md, enum frame_type type)
{
	unsigned int i;
	mfn_t mfn;

	for (i = 0; i < 60; i++) {
		mfn = any_frame();
		if (mfn.v < MACHINE_FRAMES && frame_of(mfn)->owner == md &&
		    frame_type(mfn) == type)
			return mfn;
	}
	return any_frame();
}

enum frame_type any_type(void)
{
	return (enum frame_type)below(NR_FRAME_TYPES);
}

u64 any_flags(void)
{
	u64 flags = unit_random(&w.rng) & (PTE_US | PTE_A | PTE_D | PTE_AVAIL);

	if (one_in(8))
		flags |= PTE_G;
	if (one_in(24))
		flags |= 1ull << below(64);
	if (one_in(2))
		flags |= PTE_RW;
	return one_in(10) ? flags : flags | PTE_P;
}

pte_t changed_entry(mfn_t table, unsigned int slot)
{
	static const u64 bits[] = { PTE_RW, PTE_RW, PTE_US, PTE_A, PTE_D, PTE_P, PTE_G, PTE_PS };

	if (table.v >= MACHINE_FRAMES || slot >= 512)
		return 0;
	return machine_page(table)[slot] ^ bits[below(ARRAY_SIZE(bits))];
}

unsigned int used_slot(mfn_t table, unsigned int slot)
{
	unsigned int i;

	for (i = 0; i < 512 && table.v < MACHINE_FRAMES; i++, slot = (slot + 1) % 512)
		if (machine_page(table)[slot] & PTE_P)
			break;
	return slot;
}

pte_t any_entry(struct mm_domain *md, enum frame_type table, unsigned int slot)
{
	if (one_in(16))
		return unit_random(&w.rng);
	if (one_in(6))
		return 0;
	if (table == FT_L1)
		return pte_make(one_in(3) ? any_frame() : frame_like(md, FT_NONE), any_flags());
	return pte_make(frame_like(md, one_in(2) ? FT_NONE : shape_child(table, slot)),
			any_flags());
}

struct pt_ctx ctx_of(struct mm_domain *md)
{
	struct task *t = &w.tasks[below(2)];

	t->work.budget = one_in(4) ? 1 + below(600) : MM_WORK_BUDGET;
	return (struct pt_ctx){ .pt_owner = md, .frame_owner = md,
				.root = md == &w.a ? w.root : INVALID_MFN, .work = &t->work };
}

bool may_store(mfn_t mfn)
{
	return frame_of(mfn)->owner && (frame_type(mfn) == FT_NONE ||
					frame_type(mfn) == FT_WRITABLE);
}

void world_init(u64 seed)
{
	unsigned int i;

	memset(&w, 0, sizeof(w));
	w.rng = seed;
	w.root = INVALID_MFN;
	w.built = MFN(FIRST_GUEST_FRAME);
	machine_init();
	oracle_init();
	mm_domain_init(&w.a, 1, 110);
	mm_domain_init(&w.b, 2, 24);
	oracle_add_domain(&w.a);
	oracle_add_domain(&w.b);
	oracle_add_work(&w.tasks[0].work);
	oracle_add_work(&w.tasks[1].work);
	for (i = 0; i < 90; i++)
		ck_assert(!mfn_eq(mm_alloc_frame(&w.a), INVALID_MFN));
	for (i = 0; i < 16; i++)
		ck_assert(!mfn_eq(mm_alloc_frame(&w.b), INVALID_MFN));
}
