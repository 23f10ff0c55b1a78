/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: what remains of hardware for a guest. ABI 2.3, 4.7, 6.1.
 *
 * No interrupt of a device is routed to a domain yet, so map_pirq,
 * alloc_irq_vector, setup_gsi, eoi and their kin return -ENOSYS. Linux as the
 * initial domain then goes on without drivers, its console on console_io.
 */
#include "hypercall/hypercall.h"

#include <xen/physdev.h>

/* Virtual: the hardware's stays 0, port accesses are emulated. */
static long set_iopl(unsigned long gva)
{
	struct physdev_set_iopl op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.iopl > 3)
		return -EINVAL;
	current_vcpu()->arch.iopl = (u8)op.iopl;
	return 0;
}

/*
 * Which ports user programs may use. There is nothing behind any of them, and
 * they fault without the bitmap as well as with it: accepted, and forgotten.
 */
static long set_iobitmap(unsigned long gva)
{
	struct physdev_set_iobitmap op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return op.nr_ports > 65536 ? -EINVAL : 0;
}

long hc_physdev_op(struct hc_args *a)
{
	switch (a->arg[0]) {
	case PHYSDEVOP_set_iopl:
		return set_iopl(a->arg[1]);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(a->arg[1]);
	default:
		return -ENOSYS;
	}
}
