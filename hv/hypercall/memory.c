/* SPDX-License-Identifier: MIT */
/*
 * memory_op: how many frames a domain has, and which. ABI 2.2.
 *
 * A list of extents may be long: the upper bits of the operation say where a
 * restarted call goes on, as the ABI has it (MEMOP_EXTENT_SHIFT is 6).
 */
#include "hypercall/memory.h"

#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK ((1UL << MEMOP_EXTENT_SHIFT) - 1)

struct extents {
	struct xen_memory_reservation res;
	struct domain *d;
};

bool extent_put(const struct xen_memory_reservation *res, unsigned long i, unsigned long val)
{
	xen_pfn_t out = val;

	return !hc_copy_out((unsigned long)(res->extent_start.p + i), &out);
}

bool extent_get(const struct xen_memory_reservation *res, unsigned long i, unsigned long *val)
{
	xen_pfn_t in;

	if (hc_copy_in(&in, (unsigned long)(res->extent_start.p + i)))
		return false;
	*val = in;
	return true;
}

/* Give back [mfn, mfn + 2^order). */
static bool release_one(struct extents *e, unsigned long i)
{
	unsigned long mfn;

	if (!extent_get(&e->res, i, &mfn))
		return false;
	for (unsigned long n = 0; n < 1UL << e->res.extent_order; n++)
		if (mm_release_frame(&e->d->mm, MFN(mfn + n)))
			return false;
	return true;
}

/* Fresh frames; pfn_known: the list names where they go (populate_physmap). */
static bool alloc_one(struct extents *e, unsigned long i, bool pfn_known)
{
	unsigned int order = e->res.extent_order;
	unsigned long pfn = 0;
	mfn_t mfn;

	if (pfn_known && !extent_get(&e->res, i, &pfn))
		return false;
	if (memop_too_low(XENMEMF_get_address_bits(e->res.mem_flags)))
		return false;
	mfn = mm_alloc_frames(&e->d->mm, order, XENMEMF_get_address_bits(e->res.mem_flags));
	if (mfn_eq(mfn, INVALID_MFN))
		return false;
	for (unsigned long n = 0; pfn_known && n < 1UL << order; n++)
		m2p_set(MFN(mfn.v + n), PFN(pfn + n));
	/* increase_reservation may come without a list. */
	if (!pfn_known && !e->res.extent_start.p)
		return true;
	/* A list that can't be written loses its owner's frames, not ours. */
	return extent_put(&e->res, i, mfn.v);
}

static long do_extents(struct hc_args *a, unsigned int cmd)
{
	unsigned long i = a->arg[0] >> MEMOP_EXTENT_SHIFT;
	struct extents e = { .d = current_domain() };
	bool ok;

	if (hc_copy_in(&e.res, a->arg[1]))
		return (long)i;
	if (e.res.nr_extents > ~0UL >> MEMOP_EXTENT_SHIFT || i > e.res.nr_extents ||
	    e.res.extent_order > MEMOP_MAX_ORDER ||
	    (e.res.domid != DOMID_SELF && e.res.domid != e.d->id))
		return (long)i;
	for (; i < e.res.nr_extents; i++) {
		if (cmd == XENMEM_decrease_reservation)
			ok = release_one(&e, i);
		else
			ok = alloc_one(&e, i, cmd == XENMEM_populate_physmap);
		if (!ok)
			break;
		if (i + 1 < e.res.nr_extents && hc_preempt()) {
			a->arg[0] = cmd | (i + 1) << MEMOP_EXTENT_SHIFT;
			return hc_restart();
		}
	}
	return (long)i;
}

static long reservation(struct hc_args *a, bool maximum)
{
	struct domain *d;
	domid_t domid;
	long rc;

	if (hc_copy_in(&domid, a->arg[1]))
		return -EFAULT;
	d = domain_get(domid);
	if (!d)
		return -ESRCH;
	rc = (long)(maximum ? d->mm.max_frames : d->mm.nr_frames);
	if (d != current_domain() && !current_domain()->privileged)
		rc = -EPERM;
	domain_put(d);
	return rc;
}

static long machphys_mapping(struct hc_args *a)
{
	struct xen_machphys_mapping m = {
		.v_start = guest_m2p_start,
		.v_end = guest_m2p_end,
		.max_mfn = max_mfn - 1,
	};

	return hc_copy_out(a->arg[1], &m);
}

long hc_memory_op(struct hc_args *a)
{
	unsigned int cmd = a->arg[0] & MEMOP_CMD_MASK;

	switch (cmd) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return do_extents(a, cmd);
	case XENMEM_exchange:
		return memory_exchange(a);
	case XENMEM_memory_map:
		return memory_map_own(a->arg[1]);
	case XENMEM_machine_memory_map:
		return memory_map_machine(a->arg[1]);
	case XENMEM_maximum_ram_page:
		return (long)max_mfn - 1;
	case XENMEM_current_reservation:
		return reservation(a, false);
	case XENMEM_maximum_reservation:
		return reservation(a, true);
	case XENMEM_machphys_mapping:
		return machphys_mapping(a);
	default:
		return -ENOSYS;
	}
}
