/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: hardware for who drives it. ABI 2.3, 4.7, 6.1.
 *
 * Every domain may set its virtual IOPL. Ports and interrupt lines are the
 * initial domain's, but for those that port_is_reserved() and irq_is_reserved()
 * keep. Lines are the PICs' sixteen; there is no IO-APIC and no MSI, so the
 * operations about them are -ENOSYS or -EINVAL, from which Linux goes on.
 */
#include "hypercall/hypercall.h"
#include "x86/vectors.h"

#include <xen/physdev.h>

/* Virtual: the hardware's stays 0, accesses that no bitmap opens are emulated. */
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

static long set_iobitmap(unsigned long gva)
{
	struct physdev_set_iobitmap op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return vcpu_set_io_bitmap(current_vcpu(), hc_handle_gva(op.bitmap), op.nr_ports);
}

/* A line's number among interrupts is its own: there is nothing to choose. */
static long map_pirq(unsigned long gva)
{
	struct physdev_map_pirq op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.domid != DOMID_SELF && op.domid != current_domain()->id)
		return -ESRCH;
	if (op.type != MAP_PIRQ_TYPE_GSI || op.index < 0 || op.index >= NR_IRQS ||
	    (op.pirq >= 0 && op.pirq != op.index))
		return -EINVAL;
	op.pirq = op.index;
	return hc_copy_out(gva, &op);
}

static long unmap_pirq(unsigned long gva)
{
	struct physdev_unmap_pirq op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return op.pirq < 0 || op.pirq >= NR_IRQS ? -EINVAL : 0;
}

/* The vector is ours to choose, and nobody's to know. */
static long alloc_irq_vector(unsigned long gva)
{
	struct physdev_irq op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return op.irq >= NR_IRQS ? -EINVAL : 0;
}

/* Edge or level is as the firmware has set the PICs. */
static long setup_gsi(unsigned long gva)
{
	struct physdev_setup_gsi op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return op.gsi < 0 || op.gsi >= NR_IRQS ? -EINVAL : 0;
}

static long irq_status_query(unsigned long gva)
{
	struct physdev_irq_status_query op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	if (op.irq >= NR_IRQS)
		return -EINVAL;
	op.flags = XENIRQSTAT_needs_eoi;
	return hc_copy_out(gva, &op);
}

static long eoi(unsigned long gva)
{
	struct physdev_eoi op;

	if (hc_copy_in(&op, gva))
		return -EFAULT;
	return pirq_eoi(current_domain(), op.irq);
}

static long for_initial_domain(unsigned long cmd, unsigned long gva)
{
	switch (cmd) {
	case PHYSDEVOP_map_pirq:
		return map_pirq(gva);
	case PHYSDEVOP_unmap_pirq:
		return unmap_pirq(gva);
	case PHYSDEVOP_alloc_irq_vector:
		return alloc_irq_vector(gva);
	case PHYSDEVOP_setup_gsi:
		return setup_gsi(gva);
	case PHYSDEVOP_irq_status_query:
		return irq_status_query(gva);
	case PHYSDEVOP_eoi:
		return eoi(gva);
	default:
		return -ENOSYS;
	}
}

long hc_physdev_op(struct hc_args *a)
{
	switch (a->arg[0]) {
	case PHYSDEVOP_set_iopl:
		return set_iopl(a->arg[1]);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(a->arg[1]);
	default:
		/* Others have no devices, and are told that there are no such calls. */
		return current_domain()->privileged ? for_initial_domain(a->arg[0], a->arg[1])
						    : -ENOSYS;
	}
}
