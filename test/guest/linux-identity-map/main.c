// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain turns the part of its memory that is firmware's on
 * the machine into an identity map, as Linux does, and keeps the pages that
 * were there under other numbers.
 * See: ABI 2.2, 3.7, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define FIRST 0x9f
#define END   0x100
#define MARK  0x4d415200u

static unsigned long moved[END - FIRST];
static unsigned long window;

/* xen_set_identity_and_remap_chunk(): the frame leaves, the machine's own comes. */
static void make_identity(unsigned long pfn)
{
	unsigned long va = mm_pfn_to_virt(pfn), mfn = mm_virt_to_mfn(va);

	*(volatile uint32_t *)va = MARK + (uint32_t)pfn;
	moved[pfn - FIRST] = mfn;
	if (hypercall_update_va_mapping(va, mm_make_entry(pfn, PTE_BASE | PTE_RW | PTE_D),
					UVMF_NONE))
		test_failure("pfn %lx can't be identity", pfn);
}

/* xen_update_mem_tables(): its new number is one behind all others. */
static void renumber(unsigned long mfn, unsigned long pfn)
{
	struct mmu_update u = {.ptr = (uint64_t)mfn << 12 | MMU_MACHPHYS_UPDATE, .val = pfn};

	if (hypercall_mmu_update(&u, 1, NULL, DOMID_SELF) || mm_mfn_to_pfn(mfn) != pfn)
		test_failure("frame %lx doesn't become page %lx", mfn, pfn);
}

static uint32_t through_window(unsigned long mfn)
{
	struct trap_result r;
	uint32_t word = 0;

	if (mm_map(window, mfn, PTE_RW) || !probe_read32(window, &word, &r))
		test_failure("frame %lx can't be mapped", mfn);
	return word;
}

void test_main(void)
{
	const uint8_t *bios = (const uint8_t *)mm_pfn_to_virt(END - 1);

	window = (unsigned long)mm_page_alloc();
	TEST_CHECK(mm_virt_to_pfn(window) < FIRST, "the test itself lies there");
	for (unsigned long pfn = FIRST; pfn < END; pfn++)
		make_identity(pfn);
	mm_ext_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	for (unsigned long i = 0; i < END - FIRST; i++)
		renumber(moved[i], start_info->nr_pages + i);
	TEST_CHECK(bios[0xff0] == 0xea, "no far jump where the BIOS begins: %x", bios[0xff0]);
	for (unsigned long i = 0; i < END - FIRST; i++)
		if (through_window(moved[i]) != MARK + FIRST + i)
			test_failure("page %lx has lost what it held", FIRST + i);
	/* The firmware's memory has no number: nobody owns it. */
	TEST_CHECK(mm_mfn_to_pfn(0xf0) == INVALID_MFN, "frame f0 is page %lx", mm_mfn_to_pfn(0xf0));
	for (unsigned long pfn = FIRST; pfn < END; pfn++)
		if (mm_map(mm_pfn_to_virt(pfn), moved[pfn - FIRST], PTE_RW))
			test_failure("page %lx can't come back", pfn);
}
