// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain maps the memory of devices and firmware, and the
 * first MiB; never the monitor's memory, nor an interrupt controller.
 * See: ABI 3.2, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define MONITOR_MFN 0x100 /* where it is loaded */
#define VGA_MFN	    0xb8
#define BIOS_MFN    0xf0
#define RESET_MFN   0xfffff /* the CPU's first instruction after a reset */
#define IOAPIC_MFN  0xfec00
#define APIC_MFN    0xfee00

static unsigned long window;

static uint32_t word_at(unsigned long mfn, uint64_t flags, unsigned int offset)
{
	struct trap_result r;
	uint32_t word = 0;
	int rc = mm_map(window, mfn, flags);

	if (rc || !probe_read32(window + offset, &word, &r))
		test_failure("frame %lx can't be read: %d", mfn, rc);
	return word;
}

static void check_refused(const char *what, unsigned long mfn)
{
	TEST_CHECK(mm_map(window, mfn, 0) < 0, "%s can be mapped", what);
	TEST_CHECK(mm_map(window, mfn, PTE_RW) < 0, "%s can be mapped writable", what);
	TEST_CHECK(mm_map(window, mfn, PTE_RW | PTE_PCD) < 0, "%s can be mapped uncached", what);
}

static void check_screen(void)
{
	volatile uint16_t *cell = (volatile uint16_t *)(window + 2 * 79);
	uint16_t was;

	TEST_EQUAL("the screen", mm_map(window, VGA_MFN, PTE_RW | PTE_PCD | PTE_PWT), 0);
	was = *cell;
	*cell = 0x1f52;
	TEST_CHECK(*cell == 0x1f52, "the screen shows %x", *cell);
	*cell = was;
	/* The bits that guests without devices may not set stand as written. */
	TEST_CHECK((mm_entry_read(window, 1) & (PTE_PCD | PTE_PWT)) == (PTE_PCD | PTE_PWT),
		   "the entry is %llx", (unsigned long long)mm_entry_read(window, 1));
}

/* The tools' way to say it: the frames of the domain that is devices. */
static void check_domid_io(void)
{
	struct mmu_update u = {.ptr = mm_entry_maddr(window, 1) | MMU_NORMAL_PT_UPDATE,
			       .val = mm_make_entry(VGA_MFN, PTE_BASE | PTE_RW)};

	TEST_EQUAL("for DOMID_IO", hypercall_mmu_update(&u, 1, NULL, DOMID_IO), 0);
	u.val = mm_make_entry(APIC_MFN, PTE_BASE);
	TEST_CHECK(hypercall_mmu_update(&u, 1, NULL, DOMID_IO) < 0, "the APIC for DOMID_IO");
}

/* A whole table of such entries, as Linux's identity map of the first MiB. */
static void check_table(void)
{
	uint64_t *l1 = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)l1);

	for (unsigned int i = 0; i < 256; i++)
		l1[i] = mm_make_entry(i, PTE_BASE | PTE_RW);
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)l1), 0);
	TEST_EQUAL("pin", mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn), 0);
	TEST_EQUAL("unpin", mm_ext_op(MMUEXT_UNPIN_TABLE, mfn), 0);
	TEST_EQUAL("writable", mm_set_writable((unsigned long)l1), 0);
	l1[256] = mm_make_entry(MONITOR_MFN, PTE_BASE);
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)l1), 0);
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn) < 0, "a table maps the monitor");
}

/*
 * A page of its own is cached by the monitor too, and by whoever had it before
 * or gets it by a grant: a second, uncached view would read past their caches.
 */
static void check_own_page_is_cached(unsigned long mfn)
{
	TEST_EQUAL("its own page, uncached", mm_map(window, mfn, PTE_RW | PTE_PCD | PTE_PWT), 0);
	TEST_CHECK(!(mm_entry_read(window, 1) & (PTE_PCD | PTE_PWT)), "the entry is %llx",
		   (unsigned long long)mm_entry_read(window, 1));
}

void test_main(void)
{
	unsigned long own;

	window = (unsigned long)mm_page_alloc();
	own = mm_virt_to_mfn(window);
	check_screen();
	check_domid_io();
	TEST_CHECK(word_at(BIOS_MFN, 0, 0xfff0 & 0xfff) || word_at(BIOS_MFN + 15, 0, 0xff0),
		   "the BIOS is empty");
	TEST_CHECK((word_at(RESET_MFN, PTE_PCD, 0xff0) & 0xff) == 0xea,
		   "no far jump where the CPU starts");
	/* Interrupt vectors of the BIOS: RAM, but firmware's. */
	TEST_CHECK(word_at(0, 0, 0x40), "no BIOS video service");
	check_refused("the monitor", MONITOR_MFN);
	check_refused("the monitor's second MiB", 0x200);
	check_refused("the local APIC", APIC_MFN);
	check_refused("the I/O APIC", IOAPIC_MFN);
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, VGA_MFN) < 0, "the screen became a table");
	check_table();
	check_own_page_is_cached(own);
	TEST_EQUAL("its own page again", mm_map(window, own, PTE_RW), 0);
}
