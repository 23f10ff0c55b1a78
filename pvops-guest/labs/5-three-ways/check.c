// SPDX-License-Identifier: MIT
/*
 * Lab 5, the check: was the frame mapped, and in the way that was asked for?
 */
#include "pvops-guest/labs/5-three-ways/lab.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

static unsigned int nr_update_va, nr_mmu_update;

long lab_update_va_mapping(unsigned long va, uint64_t value)
{
	nr_update_va++;
	return hypercall_update_va_mapping(va, value, UVMF_NONE);
}

long lab_mmu_update(uint64_t entry_maddr, uint64_t value)
{
	struct mmu_update update = {.ptr = entry_maddr | MMU_NORMAL_PT_UPDATE, .val = value};

	nr_mmu_update++;
	return hypercall_mmu_update(&update, 1, NULL, DOMID_SELF);
}

/* What a way is called with, and what it answers. */
struct attempt {
	int (*way)(unsigned long va, unsigned long mfn);
	unsigned long va, mfn;
	int result;
};

static void run(void *arg)
{
	struct attempt *attempt = arg;

	attempt->result = attempt->way(attempt->va, attempt->mfn);
}

/* Try one way on a page of its own; it may take so many calls of each kind. */
static void check(const char *name, int (*way)(unsigned long va, unsigned long mfn),
		  unsigned int want_update_va, unsigned int want_mmu_update)
{
	uint32_t *frame = mm_page_alloc();
	unsigned long va = (unsigned long)mm_page_alloc(), old_mfn = mm_virt_to_mfn(va);
	struct attempt attempt = {way, va, mm_virt_to_mfn((unsigned long)frame), -1};
	struct trap_result r;
	uint32_t value = 0;

	nr_update_va = nr_mmu_update = 0;
	*frame = 0x1ab51ab5;
	TEST_CHECK(!trap_catch(run, &attempt, &r), "%s: trap %u", name, r.vector);
	TEST_CHECK(!attempt.result, "%s returns %d", name, attempt.result);
	mm_ext_op(MMUEXT_INVLPG_LOCAL, va);
	TEST_CHECK(probe_read32(va, &value, &r) && value == *frame, "%s: the page isn't there",
		   name);
	TEST_CHECK(probe_write32(va, ~value, &r) && *frame == ~value, "%s: it can't be written",
		   name);
	TEST_CHECK(nr_update_va == want_update_va && nr_mmu_update == want_mmu_update,
		   "%s: %u update_va_mapping, %u mmu_update", name, nr_update_va, nr_mmu_update);
	mm_map(va, old_mfn, PTE_RW);
}

void test_main(void)
{
	if (hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables))
		test_error("no writable_pagetables assist");
	check("update_va_mapping", map_by_update_va_mapping, 1, 0);
	check("mmu_update", map_by_mmu_update, 0, 1);
	check("a plain store", map_by_store, 0, 0);
}
