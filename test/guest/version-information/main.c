// SPDX-License-Identifier: MIT
/*
 * Claim: a guest learns what it runs on: version, features, limits; and the
 * features are those that kernels stop without.
 * See: ABI 1.8, 2.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>
#include <xen/features.h>

/* What Xen 4.17 tells a guest, but for NUMA nodes; the first is a PAE guest's. */
#define FEATURES                                                                                   \
	((PT_LEVELS == 3) << XENFEAT_pae_pgdir_above_4gb |                                         \
	 1u << XENFEAT_mmu_pt_update_preserve_ad |                                                 \
	 1u << XENFEAT_highmem_assist | 1u << XENFEAT_gnttab_map_avail_bits |                      \
	 1u << XENFEAT_direct_mapped)

static char text[1024];

static const char *text_of(unsigned int cmd)
{
	memset(text, 0x5a, sizeof(text));
	TEST_EQUAL("a text", hypercall_xen_version(cmd, text), 0);
	return text;
}

static bool contains(const char *all, const char *part)
{
	for (; *all; all++)
		if (!memcmp(all, part, strlen(part)))
			return true;
	return false;
}

void test_main(void)
{
	struct xen_feature_info features = {.submap_idx = 0};
	struct xen_platform_parameters params;
	struct xen_machphys_mapping m2p;
	long version = hypercall_xen_version(XENVER_version, NULL);

	TEST_CHECK(version >> 16 >= 4, "version %lx", version);
	TEST_CHECK(text_of(XENVER_extraversion)[0], "no extra version");
	TEST_CHECK(contains(text_of(XENVER_capabilities),
			    PT_LEVELS == 3 ? "xen-3.0-x86_32p" : "xen-3.0-x86_64"),
		   "'%s'", text);
	TEST_CHECK(text_of(XENVER_changeset)[0], "no changeset");
	TEST_EQUAL("compile_info", hypercall_xen_version(XENVER_compile_info, text), 0);
	TEST_EQUAL("pagesize", hypercall_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
	TEST_EQUAL("build_id", hypercall_xen_version(XENVER_build_id, NULL), -XEN_ENODATA);
	TEST_CHECK(!contains(text_of(XENVER_commandline), "guest_debugcon"),
		   "the machine's command line: '%s'", text);

	TEST_EQUAL("platform", hypercall_xen_version(XENVER_platform_parameters, &params), 0);
	TEST_EQUAL("virt_start", params.virt_start, HYPERVISOR_VIRT_START);
	TEST_EQUAL("m2p", hypercall_memory_op(XENMEM_machphys_mapping, &m2p), 0);
	TEST_EQUAL("its start", m2p.v_start, MACH2PHYS_VIRT_START);
	TEST_CHECK(m2p.v_end <= MACH2PHYS_VIRT_END &&
			   m2p.max_mfn < (m2p.v_end - m2p.v_start) / sizeof(long),
		   "up to %lx, frame %lx", m2p.v_end, m2p.max_mfn);

	TEST_EQUAL("features", hypercall_xen_version(XENVER_get_features, &features), 0);
	TEST_CHECK(features.submap == FEATURES, "they are %x, not %x", features.submap, FEATURES);
	features.submap_idx = 1;
	TEST_EQUAL("more features", hypercall_xen_version(XENVER_get_features, &features),
		   -XEN_EINVAL);
	TEST_EQUAL("no buffer", hypercall_xen_version(XENVER_extraversion, (void *)0xff000000),
		   -XEN_EFAULT);
	TEST_EQUAL("nothing such", hypercall_xen_version(99, text), -XEN_ENOSYS);
}
