// SPDX-License-Identifier: MIT
/*
 * Claim: the machine-to-physical table is readable everywhere in its range,
 * exact for the domain's own frames, and not writable.
 * See: ABI 1.2, 3.7
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

void test_main(void)
{
	struct xen_machphys_mapping range;
	struct trap_result r;
	uint32_t value;

	for (unsigned long pfn = 0; pfn < start_info->nr_pages; pfn++) {
		unsigned long mfn = mm_pfn_to_mfn(pfn);

		if (mm_mfn_to_pfn(mfn) != pfn) {
			test_failure("pfn %lx: entry of frame %lx is %lx", pfn, mfn,
				     mm_mfn_to_pfn(mfn));
			break;
		}
	}
	TEST_EQUAL("machphys_mapping", hypercall_memory_op(XENMEM_machphys_mapping, &range), 0);
	TEST_EQUAL("its start", range.v_start, MACH2PHYS_VIRT_START);
	TEST_CHECK(range.v_end > range.v_start && range.v_end <= MACH2PHYS_VIRT_END,
		   "it ends at %lx", (unsigned long)range.v_end);
	TEST_CHECK(range.max_mfn < (range.v_end - range.v_start) / sizeof(long),
		   "its last entry is %lx", (unsigned long)range.max_mfn);
	for (unsigned long va = range.v_start; va < range.v_end; va += 0x1000)
		if (!probe_read32(va, &value, &r)) {
			test_failure("%lx can't be read", va);
			break;
		}
	TEST_CHECK(!probe_write32(MACH2PHYS_VIRT_START, 0, &r), "the table was written");
	TEST_CHECK(r.vector == VECTOR_PF && r.error_code == 3, "trap %u, error %x", r.vector,
		   r.error_code);
}
