/* SPDX-License-Identifier: MIT */
/*
 * Guest memory by guest address: the only two ways there, used by every
 * hypercall handler and by frame building. Faults come back as -EFAULT; page
 * protection holds for us too (CR0.WP), so a read-only table stays read-only.
 */
#include "mm/internal.h"

/*
 * [tour: hypercall 6] Guest memory, by guest address. The range check keeps the
 * monitor from reading itself to a guest; the copy then runs through the
 * guest's own page tables, and a fault in it is caught and becomes -EFAULT.
 */
int copy_from_guest(void *dst, unsigned long gva, size_t n)
{
	if (!n)
		return 0;
	/* Without it a guest could have us read our own memory to it. */
	if (!arch_guest_range_ok(gva, n))
		return -EFAULT;
	tlb_flush_if_needed();
	return arch_copy_user(dst, (const void *)gva, n) ? -EFAULT : 0;
}

int copy_to_guest(unsigned long gva, const void *src, size_t n)
{
	if (!n)
		return 0;
	/* Without it a guest could have us overwrite our own memory. */
	if (!arch_guest_range_ok(gva, n))
		return -EFAULT;
	tlb_flush_if_needed();
	return arch_copy_user((void *)gva, src, n) ? -EFAULT : 0;
}
