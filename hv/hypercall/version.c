/* SPDX-License-Identifier: MIT */
/* xen_version: who we say we are and what we can do. ABI 1.8, 2.3. */
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "lib/version.h"

#include <xen/features.h>
#include <xen/version.h>

#define FEATURE(name) (1u << XENFEAT_##name)

/* ABI 1.8: the bits real guests test. Width-specific ones come with the width. */
static u32 features(const struct domain *d)
{
	u32 bits = FEATURE(mmu_pt_update_preserve_ad) | FEATURE(gnttab_map_avail_bits) |
		   FEATURE(highmem_assist) | FEATURE(direct_mapped);

	if (sizeof(long) == 4)
		bits |= FEATURE(pae_pgdir_above_4gb);
	if (d->privileged)
		bits |= FEATURE(dom0);
	return bits;
}

static long get_features(unsigned long gva)
{
	struct xen_feature_info info;

	if (hc_copy_in(&info, gva))
		return -EFAULT;
	if (info.submap_idx != 0)
		return -EINVAL;
	info.submap = features(current_domain());
	return hc_copy_out(gva, &info);
}

/* A fixed-size text field of the ABI: padded with zeros. */
static long put_text(unsigned long gva, const char *text, size_t size)
{
	char buf[1024];

	memset(buf, 0, size);
	str_copy(buf, text, size);
	return copy_to_guest(gva, buf, size);
}

static long compile_info(unsigned long gva)
{
	struct xen_compile_info info;

	memset(&info, 0, sizeof(info));
	str_copy(info.compiler, __VERSION__, sizeof(info.compiler));
	str_copy(info.compile_by, "ringlet", sizeof(info.compile_by));
	return hc_copy_out(gva, &info);
}

/*
 * [tour: hypercall 5] The simplest handler, and a frequent one: on the way back
 * from any hypercall pending events are delivered, so kernels use this one to
 * say `now`.
 */
long hc_xen_version(struct hc_args *a)
{
	unsigned long gva = a->arg[1];
	struct xen_platform_parameters params = { .virt_start = guest_m2p_start };

	switch (a->arg[0]) {
	case XENVER_version: /* also: "deliver my pending events now" */
		return CLAIMED_XEN_VERSION;
	case XENVER_extraversion:
		return put_text(gva, CLAIMED_XEN_EXTRA, sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return compile_info(gva);
	case XENVER_capabilities:
		return put_text(gva, ABI_CAPABILITIES, sizeof(xen_capabilities_info_t));
	case XENVER_changeset:
		return put_text(gva, "Ringlet " RINGLET_VERSION, sizeof(xen_changeset_info_t));
	case XENVER_platform_parameters:
		return hc_copy_out(gva, &params);
	case XENVER_get_features:
		return get_features(gva);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle:
		return hc_copy_out(gva, &current_domain()->handle);
	case XENVER_commandline:
		/* What the machine was told is for its owner. */
		return put_text(gva, current_domain()->privileged ? boot_info.cmdline : "<denied>",
				sizeof(xen_commandline_t));
	case XENVER_build_id: /* none, and a tool doesn't mind */
		return -ENODATA;
	default:
		return -ENOSYS;
	}
}
