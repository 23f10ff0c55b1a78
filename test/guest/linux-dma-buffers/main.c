// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain gets the buffers that Linux makes for devices: runs
 * of 256 KiB, as low as there are any, one after the other.
 * See: ABI 2.2, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define RUN	   64
#define RUN_ORDER  6
#define NR_RUNS	   64 /* 16 MiB */
#define FIRST_BITS 18
#define LAST_BITS  32

static xen_pfn_t in[RUN];

/* XENMEM_exchange as xen_create_contiguous_region() calls it; its first frame. */
static long exchange(unsigned long pfn, unsigned int bits, xen_pfn_t *out)
{
	struct xen_memory_exchange x = {
		.in = {.nr_extents = RUN, .domid = DOMID_SELF},
		.out = {.nr_extents = 1, .extent_order = RUN_ORDER,
			.mem_flags = XENMEMF_address_bits(bits), .domid = DOMID_SELF},
	};
	long rc;

	*out = pfn;
	set_xen_guest_handle(x.in.extent_start, in);
	set_xen_guest_handle(x.out.extent_start, out);
	rc = hypercall_memory_op(XENMEM_exchange, &x);
	/* Linux stops for good unless this holds. */
	TEST_CHECK(rc ? !x.nr_exchanged : x.nr_exchanged == RUN, "%ld with %lu exchanged", rc,
		   x.nr_exchanged);
	TEST_CHECK(!rc || rc == -XEN_ENOMEM, "%u bits: %ld", bits, rc);
	return rc;
}

void test_main(void)
{
	unsigned long pfn = start_info->nr_pages - NR_RUNS * RUN;
	unsigned int bits = FIRST_BITS, failures = 0;
	xen_pfn_t run;

	for (unsigned int r = 0; r < NR_RUNS && bits <= LAST_BITS; r++, pfn += RUN) {
		for (unsigned int i = 0; i < RUN; i++)
			in[i] = mm_pfn_to_mfn(pfn + i);
		while (exchange(pfn, bits, &run) && bits++ <= LAST_BITS)
			failures++;
		TEST_CHECK(run >> (bits - 12) == 0 && run % RUN == 0, "a run at frame %lx", run);
		for (unsigned int i = 0; i < RUN; i++)
			if (mm_mfn_to_pfn(run + i) != pfn + i)
				test_failure("m2p of frame %lx", run + i);
	}
	TEST_CHECK(bits <= LAST_BITS, "no memory below 4 GiB");
	/* The lowest memory isn't for guests. */
	TEST_CHECK(failures >= 8, "memory below %u bits", FIRST_BITS + failures);
}
