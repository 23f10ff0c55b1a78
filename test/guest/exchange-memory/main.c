// SPDX-License-Identifier: MIT
/*
 * Claim: a domain exchanges frames for others that lie together or lower, in
 * whole chunks; when that fails it is told exactly what was done.
 * See: ABI 2.2
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define ORDER 3
#define NR    (1u << ORDER)

static unsigned long page[NR], pfn[NR];
static xen_pfn_t in[NR], out[NR];

static long exchange(unsigned int nr_in, unsigned int order_in, unsigned int order_out,
		     unsigned int bits, unsigned long *nr_exchanged)
{
	struct xen_memory_exchange x = {
		.in = {.nr_extents = nr_in, .extent_order = order_in, .domid = DOMID_SELF},
		.out = {.nr_extents = (nr_in << order_in) >> order_out,
			.extent_order = order_out,
			.mem_flags = XENMEMF_address_bits(bits),
			.domid = DOMID_SELF},
	};
	long rc;

	set_xen_guest_handle(x.in.extent_start, in);
	set_xen_guest_handle(x.out.extent_start, out);
	rc = hypercall_memory_op(XENMEM_exchange, &x);
	*nr_exchanged = x.nr_exchanged;
	return rc;
}

static void check_failures(void)
{
	xen_pfn_t was = in[NR - 1];
	unsigned long done = 99;

	/* Nobody has memory that low. */
	TEST_EQUAL("13 bits", exchange(NR, 0, ORDER, 13, &done), -XEN_ENOMEM);
	TEST_EQUAL("exchanged", done, 0);
	in[NR - 1] = in[0];
	TEST_EQUAL("the same frame twice", exchange(NR, 0, ORDER, 0, &done), -XEN_EINVAL);
	TEST_EQUAL("exchanged", done, 0);
	in[NR - 1] = 0x100;
	TEST_EQUAL("a frame of the monitor", exchange(NR, 0, ORDER, 0, &done), -XEN_EINVAL);
	in[NR - 1] = mm_virt_to_mfn(start_info->pt_base);
	TEST_EQUAL("a page table", exchange(NR, 0, ORDER, 0, &done), -XEN_EINVAL);
	TEST_EQUAL("exchanged", done, 0);
	in[NR - 1] = was;
	TEST_EQUAL("2 MiB and more", exchange(NR, 10, 10, 0, &done), -XEN_EPERM);
	for (unsigned int i = 0; i < NR; i++)
		TEST_CHECK(mm_mfn_to_pfn(in[i]) == pfn[i], "frame %lx is gone", in[i]);
}

/* A chunk of the first done, the second refused: the count says so. */
static void check_partial(void)
{
	xen_pfn_t second = in[NR / 2];
	unsigned long done = 99;

	out[0] = pfn[0];
	out[1] = pfn[NR / 2];
	in[NR / 2] = 0x100;
	TEST_EQUAL("half of it", exchange(NR, 0, ORDER - 1, 0, &done), -XEN_EINVAL);
	TEST_EQUAL("exchanged", done, NR / 2);
	for (unsigned int i = 0; i < NR / 2; i++)
		in[i] = out[0] + i;
	in[NR / 2] = second;
}

static void check_together(void)
{
	unsigned long done = 0;
	struct trap_result r;
	uint32_t word = 1;

	out[0] = pfn[0];
	TEST_EQUAL("exchange", exchange(NR, 0, ORDER, 32, &done), 0);
	TEST_EQUAL("exchanged", done, NR);
	TEST_CHECK(out[0] % NR == 0, "the run begins at frame %lx", out[0]);
	for (unsigned int i = 0; i < NR; i++) {
		TEST_CHECK(mm_mfn_to_pfn(out[0] + i) == pfn[0] + i, "m2p of frame %u is %lx", i,
			   mm_mfn_to_pfn(out[0] + i));
		TEST_EQUAL("map", mm_map(page[i], out[0] + i, PTE_RW), 0);
		TEST_CHECK(probe_read32(page[i], &word, &r) && !word, "page %u holds %x", i, word);
	}
}

/* And apart again: one extent in, single frames out. */
static void check_apart(void)
{
	unsigned long done = 0;

	for (unsigned int i = 0; i < NR; i++) {
		TEST_EQUAL("unmap", mm_unmap(page[i]), 0);
		in[i] = out[0] + i;
	}
	for (unsigned int i = 0; i < NR; i++)
		out[i] = pfn[i];
	TEST_EQUAL("apart", exchange(1, ORDER, 0, 0, &done), 0);
	TEST_EQUAL("exchanged", done, 1);
	for (unsigned int i = 0; i < NR; i++) {
		TEST_CHECK(mm_mfn_to_pfn(out[i]) == pfn[i], "m2p of frame %u", i);
		TEST_EQUAL("map", mm_map(page[i], out[i], PTE_RW), 0);
	}
}

void test_main(void)
{
	unsigned long done;

	for (unsigned int i = 0; i < NR; i++) {
		page[i] = (unsigned long)mm_page_alloc();
		pfn[i] = mm_virt_to_pfn(page[i]);
		in[i] = mm_virt_to_mfn(page[i]);
		out[i] = pfn[i];
	}
	/* What is still mapped isn't the guest's to give. */
	TEST_EQUAL("mapped frames", exchange(NR, 0, ORDER, 0, &done), -XEN_EINVAL);
	TEST_EQUAL("exchanged", done, 0);
	for (unsigned int i = 0; i < NR; i++)
		TEST_EQUAL("unmap", mm_unmap(page[i]), 0);
	check_failures();
	check_partial();
	check_together();
	check_apart();
}
