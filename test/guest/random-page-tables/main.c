// SPDX-License-Identifier: MIT
/*
 * Claim: whatever a domain does to its page tables, accepted or refused, the
 * monitor survives, no table becomes writable, and all its memory comes back.
 * See: ABI 3.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define PAGES 48
#define STEPS 60000

static unsigned long pool[PAGES], mfns[PAGES];
static uint32_t state = 0x1234567;
static unsigned int accepted;

static uint32_t random_below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

static uint64_t random_entry(void)
{
	static const uint64_t flags[] = {0,
					 PTE_P,
					 PTE_P | PTE_RW,
					 PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D,
					 PTE_P | PTE_A,
					 PTE_P | PTE_PS,
					 PTE_P | PTE_RW | PTE_PCD,
					 PTE_P | 1ull << 62};
	uint64_t f = flags[random_below(ARRAY_SIZE(flags))];

	if (random_below(50) == 0)
		return mm_make_entry(random_below(0x20000), f);
	return mm_make_entry(mfns[random_below(PAGES)], f);
}

static int step(void)
{
	unsigned int i = random_below(PAGES);

	switch (random_below(10)) {
	case 0:
		return mm_ext_op(MMUEXT_PIN_L1_TABLE, mfns[i]);
	case 1:
		return mm_ext_op(MMUEXT_PIN_L2_TABLE, mfns[i]);
	case 2:
		/* Of a level that there isn't a pin is accepted, and does nothing. */
		return mm_ext_op(PT_LEVELS == 4 && random_below(2) ? MMUEXT_PIN_L4_TABLE
								   : MMUEXT_PIN_L3_TABLE,
				 mfns[i]);
	case 3:
	case 4:
		return mm_ext_op(MMUEXT_UNPIN_TABLE, mfns[i]);
	case 5:
		return hypercall_update_va_mapping(pool[random_below(PAGES)], random_entry(),
						   UVMF_INVLPG);
	default:
		return mm_update_entry(((uint64_t)mfns[i] << 12) + random_below(512) * 8,
				       random_entry());
	}
}

/* Through every mapping that says writable: is it a table underneath? */
static void check_writable(unsigned int i)
{
	uint64_t entry = mm_entry_read(pool[i], 1);
	unsigned long mfn = (entry & PTE_FRAME_MASK) >> 12;

	if ((entry & (PTE_P | PTE_RW)) != (PTE_P | PTE_RW))
		return;
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn), "frame %lx pinned while writable", mfn);
	TEST_CHECK(mm_ext_op(MMUEXT_UNPIN_TABLE, mfn), "frame %lx is pinned and writable", mfn);
}

void test_main(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pool[i] = (unsigned long)mm_page_alloc();
		mfns[i] = mm_virt_to_mfn(pool[i]);
	}
	for (unsigned int i = 0; i < STEPS; i++) {
		accepted += step() == 0;
		if (i % 64 == 0)
			check_writable(random_below(PAGES));
		/* Make room for new tables: nothing maps the pool writable for a while. */
		if (i % 512 == 0)
			for (unsigned int k = 0; k < PAGES; k++)
				mm_map(pool[k], mfns[k], 0);
	}
	debug_printf("%u of %u steps were accepted\n", accepted, STEPS);
	TEST_CHECK(accepted > STEPS / 20, "only %u steps were accepted", accepted);
}
