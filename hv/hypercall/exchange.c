/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: frames for others that lie together, or lower. ABI 2.2.
 * Called by memory.c. Linux as the initial domain makes its DMA buffers so;
 * it stops for good if nr_exchanged and the result disagree.
 */
#include "hypercall/memory.h"

#define CHUNK_FRAMES (1u << MEMOP_MAX_ORDER)

/* The call's struct and how its lists divide into chunks of one run each. */
struct exchange {
	struct xen_memory_exchange x;
	unsigned int in_per_chunk, out_per_chunk;	/* extents */
	unsigned long nr_chunks;
};

static int check(struct exchange *e)
{
	const struct xen_memory_reservation *in = &e->x.in, *out = &e->x.out;
	unsigned long nr_in = in->nr_extents, nr_out = out->nr_extents;

	if (in->extent_order > MEMOP_MAX_ORDER || out->extent_order > MEMOP_MAX_ORDER)
		return -EPERM;
	if (nr_in > ~0UL >> in->extent_order || nr_out > ~0UL >> out->extent_order ||
	    nr_in << in->extent_order != nr_out << out->extent_order ||
	    e->x.nr_exchanged > nr_in || in->domid != out->domid)
		return -EINVAL;
	if (in->domid != DOMID_SELF && in->domid != current_domain()->id)
		return -EPERM;
	e->in_per_chunk = e->out_per_chunk = 1;
	if (in->extent_order < out->extent_order)
		e->in_per_chunk = 1u << (out->extent_order - in->extent_order);
	else
		e->out_per_chunk = 1u << (in->extent_order - out->extent_order);
	e->nr_chunks = nr_in / e->in_per_chunk;
	return 0;
}

/* The frames of chunk c that the guest gives. */
static bool read_frames(const struct exchange *e, unsigned long c, mfn_t *frames)
{
	unsigned int run = 1u << e->x.in.extent_order;
	unsigned long mfn;

	for (unsigned int i = 0; i < e->in_per_chunk; i++) {
		if (!extent_get(&e->x.in, c * e->in_per_chunk + i, &mfn))
			return false;
		for (unsigned int n = 0; n < run; n++)
			*frames++ = MFN(mfn + n);
	}
	return true;
}

/* Tell the guest what it got for chunk c, and enter it where the guest says. */
static bool write_frames(const struct exchange *e, unsigned long c, const mfn_t *firsts)
{
	unsigned int run = 1u << e->x.out.extent_order;
	bool ok = true;
	unsigned long pfn;

	for (unsigned int i = 0; i < e->out_per_chunk; i++) {
		unsigned long at = c * e->out_per_chunk + i;

		if (!extent_get(&e->x.out, at, &pfn)) {
			ok = false;
			continue;
		}
		for (unsigned int n = 0; n < run; n++)
			m2p_set(MFN(firsts[i].v + n), PFN(pfn + n));
		if (!extent_put(&e->x.out, at, firsts[i].v))
			ok = false;
	}
	return ok;
}

static int exchange_chunk(const struct exchange *e, unsigned long c)
{
	mfn_t in[CHUNK_FRAMES], out[CHUNK_FRAMES];
	struct mm_exchange x = {
		.in = in,
		.nr_frames = e->in_per_chunk << e->x.in.extent_order,
		.order = e->x.out.extent_order,
		.address_bits = XENMEMF_get_address_bits(e->x.out.mem_flags),
		.out = out,
	};
	int rc;

	if (memop_too_low(x.address_bits))
		return -ENOMEM;
	if (!read_frames(e, c, in))
		return -EFAULT;
	rc = mm_exchange_frames(&current_domain()->mm, &x);
	if (rc)
		return rc;
	return write_frames(e, c, out) ? 0 : -EFAULT;
}

long memory_exchange(struct hc_args *a)
{
	struct exchange e;
	bool again = false;
	unsigned long c;
	int rc;

	if (hc_copy_in(&e.x, a->arg[1]))
		return -EFAULT;
	rc = check(&e);
	if (rc)
		return rc;
	for (c = e.x.nr_exchanged / e.in_per_chunk; c < e.nr_chunks && !rc && !again; c += !rc) {
		rc = exchange_chunk(&e, c);
		again = !rc && c + 1 < e.nr_chunks && hc_preempt();
	}
	e.x.nr_exchanged = c * e.in_per_chunk;
	if (copy_to_guest(a->arg[1] + offsetof(struct xen_memory_exchange, nr_exchanged),
			  &e.x.nr_exchanged, sizeof(e.x.nr_exchanged)))
		return -EFAULT;
	return again ? hc_restart() : rc;
}
