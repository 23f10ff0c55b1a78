// SPDX-License-Identifier: MIT
/*
 * Claim: a domain builds a second address space, switches to it and back, as
 * GRUB and Linux do: unpinning the live root, loading an unpinned one, and
 * using the old tables as data at once.
 * See: ABI 3.5
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define SLOT3	   3
#define HOLE_INDEX ((HYPERVISOR_VIRT_START >> 21) & 511)

static uint64_t *l3, *l2;

static const uint64_t *boot_l2(void)
{
	uint64_t maddr = mm_entry_maddr(0xc0000000, 2);

	return (const uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(maddr >> 12));
}

static int load(unsigned long mfn)
{
	return mm_ext_op(MMUEXT_NEW_BASEPTR, mfn);
}

static int unpin(unsigned long mfn)
{
	return mm_ext_op(MMUEXT_UNPIN_TABLE, mfn);
}

static void still_alive(const char *when)
{
	struct trap_result r;
	static uint32_t word;

	TEST_CHECK(probe_write32((unsigned long)&word, 1, &r), "no memory %s", when);
	hypercall_xen_version(XENVER_version, NULL);
}

void test_main(void)
{
	const uint64_t *old_l3 = (const uint64_t *)start_info->pt_base;
	unsigned long old_mfn = mm_virt_to_mfn(start_info->pt_base), l3_mfn, l2_mfn;

	l3 = mm_page_alloc();
	l2 = mm_page_alloc();
	l3_mfn = mm_virt_to_mfn((unsigned long)l3);
	l2_mfn = mm_virt_to_mfn((unsigned long)l2);
	memcpy(l2, boot_l2(), HOLE_INDEX * 8);
	memcpy(l3, old_l3, SLOT3 * 8);
	/* GRUB sets RW here, which the hardware has no place for. */
	l3[SLOT3] = mm_make_entry(l2_mfn, PTE_P | PTE_RW);
	mm_set_readonly((unsigned long)l2);
	mm_set_readonly((unsigned long)l3);

	TEST_EQUAL("loading an unpinned root", load(l3_mfn), 0);
	still_alive("in the new address space");
	TEST_EQUAL("pinning it", mm_ext_op(MMUEXT_PIN_L3_TABLE, l3_mfn), 0);
	TEST_EQUAL("unpinning the old root", unpin(old_mfn), 0);
	TEST_EQUAL("the old root as data", mm_set_writable(start_info->pt_base), 0);
	still_alive("without the old root");

	/* And back again: the old page as a table once more. */
	TEST_EQUAL("old root read-only", mm_set_readonly(start_info->pt_base), 0);
	TEST_EQUAL("pinning the old root", mm_ext_op(MMUEXT_PIN_L3_TABLE, old_mfn), 0);
	TEST_EQUAL("unpinning the live root", unpin(l3_mfn), 0);
	still_alive("with an unpinned live root");
	TEST_EQUAL("loading the old root", load(old_mfn), 0);
	still_alive("in the old address space");
	TEST_EQUAL("l3 as data", mm_set_writable((unsigned long)l3), 0);
	TEST_EQUAL("l2 as data", mm_set_writable((unsigned long)l2), 0);

	/* A slot 3 that is shared between two roots isn't possible. */
	l3[SLOT3] = old_l3[SLOT3];
	mm_set_readonly((unsigned long)l3);
	TEST_CHECK(load(l3_mfn), "two roots share the table of slot 3");
	mm_set_writable((unsigned long)l3);
	l3[SLOT3] = 0;
	mm_set_readonly((unsigned long)l3);
	TEST_CHECK(load(l3_mfn), "a root without a table in slot 3");
	still_alive("at the end");
}
