// SPDX-License-Identifier: MIT
/*
 * Claim: plain stores to a read-only mapped L1 table take effect after being
 * checked; to a read-only page that is no table they fault into the guest.
 * See: ABI 3.6
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

static volatile uint64_t *entry;
static uint64_t value;

/* The store under test, so that it can be caught. */
static void store_low(void *arg)
{
	*(volatile uint32_t *)entry = *(uint32_t *)arg;
}

static void store_8_bytes(void *arg)
{
	uint64_t old = *entry, new = *(uint64_t *)arg;
	uint32_t low = (uint32_t)old, high = (uint32_t)(old >> 32);

	asm volatile("lock; cmpxchg8b %0"
		     : "+m"(*entry), "+a"(low), "+d"(high)
		     : "b"((uint32_t) new), "c"((uint32_t)(new >> 32))
		     : "cc");
}

static void clear_rw_byte(void *arg)
{
	(void)arg;
	asm volatile("lock; andb $0xfd, %0" : "+m"(*(volatile uint8_t *)entry) : : "cc");
}

static bool faults(void (*fn)(void *), uint64_t v)
{
	struct trap_result r;

	value = v;
	return trap_catch(fn, &value, &r);
}

static void flush(unsigned long va)
{
	mm_ext_op(MMUEXT_INVLPG_LOCAL, va);
}

void test_main(void)
{
	unsigned long page = (unsigned long)mm_page_alloc();
	unsigned long data = (unsigned long)mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn(page), table_pfn;
	struct trap_result r;

	*(volatile uint32_t *)page = 0x1234;
	if (hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables))
		test_error("no writable_pagetables assist");
	table_pfn = mm_mfn_to_pfn(mm_entry_maddr(page, 1) >> 12);
	entry = (uint64_t *)(mm_pfn_to_virt(table_pfn) +
			     (uint32_t)(mm_entry_maddr(page, 1) & 0xfff));

	TEST_CHECK(!faults(store_low, 0), "clearing an entry faults");
	TEST_CHECK(*entry == 0, "the entry wasn't cleared");
	flush(page);
	TEST_CHECK(!probe_write32(page, 1, &r), "the page is still there");
	TEST_CHECK(!faults(store_8_bytes, mm_make_entry(mfn, PTE_P | PTE_RW | PTE_A)),
		   "cmpxchg8b of an entry faults");
	TEST_CHECK(probe_write32(page, 0x5678, &r), "the page didn't come back");
	TEST_CHECK(!faults(clear_rw_byte, 0), "a locked byte operation faults");
	flush(page);
	TEST_CHECK(!probe_write32(page, 1, &r), "the page is still writable");
	TEST_CHECK(r.vector == VECTOR_PF && r.error_code == 3, "trap %u, error %x", r.vector,
		   r.error_code);
	TEST_CHECK(*(volatile uint32_t *)page == 0x5678, "the page has changed");

	/* What the calls refuse a store can't do either. */
	TEST_CHECK(faults(store_8_bytes, mm_make_entry(table_pfn, PTE_P | PTE_RW)) ||
			   (*entry & PTE_FRAME_MASK) == (uint64_t)mfn << 12,
		   "a store mapped a foreign frame");
	faults(store_8_bytes, mm_make_entry(mm_entry_maddr(page, 1) >> 12, PTE_P | PTE_RW));
	TEST_CHECK((*entry & PTE_FRAME_MASK) != (mm_entry_maddr(page, 1) & PTE_FRAME_MASK),
		   "a store mapped the table itself");

	/* Read-only data pages are the guest's own business. */
	TEST_CHECK(!mm_set_readonly(data), "can't make a page read-only");
	TEST_CHECK(!probe_write32(data, 1, &r), "a read-only page was written");
	TEST_CHECK(r.vector == VECTOR_PF && r.error_code == 3 && r.cr2 == data,
		   "trap %u, error %x, cr2 %lx", r.vector, r.error_code, r.cr2);
}
