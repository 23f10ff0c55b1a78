// SPDX-License-Identifier: MIT
/*
 * Lab 2, solved: the interrupt flag is a byte in memory, shared with the monitor.
 */
#include "pvops-guest/labs/2-popf/lab.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"

void irq_disable(void)
{
	WRITE_ONCE(vcpu_info->evtchn_upcall_mask, 1);
	barrier();
}

void irq_enable(void)
{
	WRITE_ONCE(vcpu_info->evtchn_upcall_mask, 0);
	/* The store must be seen before we look: what comes in between is delivered by itself. */
	full_barrier();
	/* What came while masked waits for the next way back from the monitor: go there. */
	if (READ_ONCE(vcpu_info->evtchn_upcall_pending))
		hypercall_xen_version(XENVER_version, NULL);
}

unsigned long irq_save(void)
{
	unsigned long mask = READ_ONCE(vcpu_info->evtchn_upcall_mask);

	irq_disable();
	return mask;
}

void irq_restore(unsigned long saved)
{
	if (!saved)
		irq_enable();
}
