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

#define PIN_ROOT   (PT_LEVELS == 3 ? MMUEXT_PIN_L3_TABLE : MMUEXT_PIN_L4_TABLE)
#define SLOT3	   3
#define HOLE_INDEX ((HYPERVISOR_VIRT_START >> 21) & 511)

static uint64_t *root, *l2;

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

/*
 * A copy of the boot root. In 64 bits it has the same tables below; in 32 the
 * one of slot 3 can't be shared.
 */
static bool build_root(const uint64_t *old)
{
	root = mm_page_alloc();
	if (!root)
		return false;
	memcpy(root, old, PT_LEVELS == 3 ? SLOT3 * 8 : PAGE_SIZE);
	if (PT_LEVELS == 3) {
		l2 = mm_page_alloc();
		memcpy(l2, boot_l2(), HOLE_INDEX * 8);
		/* GRUB sets RW here, which the hardware has no place for. */
		root[SLOT3] = mm_make_entry(mm_virt_to_mfn((unsigned long)l2), PTE_P | PTE_RW);
		mm_set_readonly((unsigned long)l2);
	}
	return !mm_set_readonly((unsigned long)root);
}

/* A slot 3 that is shared between two roots isn't possible, nor one without it. */
static void check_slot3(unsigned long mfn, uint64_t shared)
{
	TEST_EQUAL("l2 as data", mm_set_writable((unsigned long)l2), 0);
	root[SLOT3] = shared;
	mm_set_readonly((unsigned long)root);
	TEST_CHECK(load(mfn), "two roots share the table of slot 3");
	mm_set_writable((unsigned long)root);
	root[SLOT3] = 0;
	mm_set_readonly((unsigned long)root);
	TEST_CHECK(load(mfn), "a root without a table in slot 3");
}

void test_main(void)
{
	const uint64_t *old_root = (const uint64_t *)start_info->pt_base;
	unsigned long old_mfn = mm_virt_to_mfn(start_info->pt_base), mfn;

	if (!build_root(old_root)) {
		test_error("no page for a root");
		return;
	}
	mfn = mm_virt_to_mfn((unsigned long)root);

	TEST_EQUAL("loading an unpinned root", load(mfn), 0);
	still_alive("in the new address space");
	TEST_EQUAL("pinning it", mm_ext_op(PIN_ROOT, mfn), 0);
	TEST_EQUAL("unpinning the old root", unpin(old_mfn), 0);
	TEST_EQUAL("the old root as data", mm_set_writable(start_info->pt_base), 0);
	still_alive("without the old root");

	/* And back again: the old page as a table once more. */
	TEST_EQUAL("old root read-only", mm_set_readonly(start_info->pt_base), 0);
	TEST_EQUAL("pinning the old root", mm_ext_op(PIN_ROOT, old_mfn), 0);
	TEST_EQUAL("unpinning the live root", unpin(mfn), 0);
	still_alive("with an unpinned live root");
	TEST_EQUAL("loading the old root", load(old_mfn), 0);
	still_alive("in the old address space");
	TEST_EQUAL("the new root as data", mm_set_writable((unsigned long)root), 0);

	if (PT_LEVELS == 3)
		check_slot3(mfn, old_root[SLOT3]);
	still_alive("at the end");
}
