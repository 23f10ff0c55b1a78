// SPDX-License-Identifier: MIT
/*
 * Claim: the slots 256 to 271 of a root are the monitor's: whatever a guest has
 * there when the table becomes a root is overwritten, a later update of one is
 * refused, and nothing of the monitor is left in a table that is data again.
 * See: ABI 1.2, 3.2
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define FIRST_SLOT 256u
#define END_SLOT   272u
#define NR_KINDS   4u

static uint64_t *root;

/* Own frames, foreign ones, large pages, reserved bits. */
static uint64_t garbage(unsigned int slot, unsigned int kind)
{
	switch (kind) {
	case 0:
		return mm_make_entry(mm_virt_to_mfn((unsigned long)root), PTE_P | PTE_RW | PTE_US);
	case 1:
		return mm_make_entry(slot, PTE_P | PTE_US | PTE_RW | PTE_A);
	case 2:
		return mm_make_entry(0x100, PTE_P | PTE_PS | PTE_US | PTE_RW);
	default:
		return ~0ull;
	}
}

static unsigned long slot_address(unsigned int slot)
{
	return 0xffff000000000000ul | (unsigned long)slot << 39;
}

static void check_live(unsigned int kind)
{
	struct trap_result r;
	uint32_t word;

	for (unsigned int slot = FIRST_SLOT; slot < END_SLOT; slot++) {
		uint64_t maddr = (uint64_t)mm_virt_to_mfn((unsigned long)root) << PAGE_SHIFT |
				 slot * 8;
		uint64_t before = root[slot];

		TEST_CHECK(before != garbage(slot, kind), "slot %u still holds %lx", slot, before);
		TEST_CHECK(mm_update_entry(maddr, garbage(slot, kind)) || root[slot] == before,
			   "slot %u was updated", slot);
		TEST_CHECK(mm_update_entry(maddr, 0) || root[slot] == before, "slot %u was cleared",
			   slot);
		/* The machine-to-physical table is the first slot; the rest isn't for us. */
		TEST_CHECK(probe_read32(slot_address(slot), &word, &r) == (slot == FIRST_SLOT),
			   "slot %u, kind %u: trap %u", slot, kind, r.vector);
		TEST_CHECK(!probe_write32(slot_address(slot), 0, &r) && r.vector == VECTOR_PF,
			   "slot %u can be written", slot);
	}
}

void test_main(void)
{
	const uint64_t *old = (const uint64_t *)start_info->pt_base;
	unsigned long old_mfn = mm_virt_to_mfn(start_info->pt_base), mfn;

	root = mm_page_alloc();
	mfn = mm_virt_to_mfn((unsigned long)root);
	for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
		memcpy(root, old, PAGE_SIZE);
		for (unsigned int slot = FIRST_SLOT; slot < END_SLOT; slot++)
			root[slot] = garbage(slot, kind);
		TEST_EQUAL("read-only", mm_set_readonly((unsigned long)root), 0);
		TEST_EQUAL("pin", mm_ext_op(MMUEXT_PIN_L4_TABLE, mfn), 0);
		TEST_EQUAL("load", mm_ext_op(MMUEXT_NEW_BASEPTR, mfn), 0);
		check_live(kind);
		TEST_EQUAL("load the old one", mm_ext_op(MMUEXT_NEW_BASEPTR, old_mfn), 0);
		TEST_EQUAL("unpin", mm_ext_op(MMUEXT_UNPIN_TABLE, mfn), 0);
		TEST_EQUAL("data again", mm_set_writable((unsigned long)root), 0);
		for (unsigned int slot = FIRST_SLOT; slot < END_SLOT; slot++)
			TEST_CHECK(!root[slot], "slot %u is left with %lx", slot, root[slot]);
	}
}
