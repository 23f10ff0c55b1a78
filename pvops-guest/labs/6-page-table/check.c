// SPDX-License-Identifier: MIT
/*
 * Lab 6, the check: does the table translate, and is it one for the monitor too?
 */
#include "pvops-guest/labs/6-page-table/lab.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NR	5
#define TABLE_1 1 /* of the frames, which is a table already */
/* An address without a table, in the same middle table as this program. */
#define DISTANCE (256ul << 20)

static uint32_t *pages[NR];

/* Is page i of the window the right one, and writable as it should be? */
static void check_page(unsigned long va, unsigned int i)
{
	struct trap_result r;
	uint32_t value = 0;

	TEST_CHECK(probe_read32(va, &value, &r), "page %u isn't there", i);
	TEST_CHECK(value == *pages[i], "page %u shows another frame", i);
	if (i == TABLE_1)
		TEST_CHECK(!(mm_entry_read(va, 1) & PTE_RW), "the page table in it is writable");
	else
		TEST_CHECK(probe_write32(va, value + 1, &r) && *pages[i] == value + 1,
			   "page %u can't be written", i);
}

void test_main(void)
{
	unsigned long window = (unsigned long)virt_base + DISTANCE, mfns[NR];
	uint64_t slot_maddr = mm_entry_maddr(window, 2);
	uint64_t *table = mm_page_alloc();

	for (unsigned int i = 0; i < NR; i++) {
		pages[i] = mm_page_alloc();
		*pages[i] = 0x6ab00 + i;
	}
	/* This frame is in use as a table: the one that maps our own first page. */
	pages[TABLE_1] = (uint32_t *)mm_pfn_to_virt(
		mm_mfn_to_pfn(mm_entry_maddr((unsigned long)virt_base, 1) >> 12));
	for (unsigned int i = 0; i < NR; i++)
		mfns[i] = mm_virt_to_mfn((unsigned long)pages[i]);
	if (!slot_maddr || mm_entry_read(window, 2))
		test_error("the window isn't empty");

	TEST_EQUAL("result of build_table()", build_table(table, mfns, NR, slot_maddr), 0);
	for (unsigned int i = 0; i < NR; i++)
		check_page(window + i * PAGE_SIZE, i);
	TEST_CHECK(!mm_entry_read(window + NR * PAGE_SIZE, 1), "there is one page too many");
	TEST_CHECK(mm_set_writable((unsigned long)table),
		   "the table can be mapped writable: to the monitor it is none");
}
