/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines of devices as event channels of the initial domain. Called by
 * evtchn_bind.c, hypercall/physdev.c and trap/irq.c. ABI 6.1.
 *
 * A line is masked when it is delivered, and unmasked when the domain says
 * that it has served it: whether edge or level, it can't interrupt without end.
 */
#include "domain/domain.h"
#include "lib/errno.h"
#include "x86/vectors.h"

static spinlock_t lock = SPINLOCK_INIT; /* taken inside a domain's evtchns.lock */

/* By line. */
static struct {
	struct domain *d;	/* who has it, alive as long as it has; NULL: nobody */
	evtchn_port_t port;
	bool in_service;	/* delivered, and masked since */
} lines[NR_IRQS];

long pirq_bind(struct domain *d, u32 pirq, evtchn_port_t port)
{
	long rc = 0;

	if (!d->privileged)
		return -EPERM;
	if (pirq >= NR_IRQS)
		return -EINVAL;
	if (irq_is_reserved(pirq))
		return -EPERM;
	spin_lock(&lock);
	if (lines[pirq].d) {
		rc = -EEXIST;
	} else {
		lines[pirq].d = d;
		lines[pirq].port = port;
		lines[pirq].in_service = false;
		pic_unmask(pirq);
	}
	spin_unlock(&lock);
	return rc;
}

void pirq_release(u32 pirq)
{
	spin_lock(&lock);
	BUG_ON(!lines[pirq].d);
	pic_mask(pirq);
	lines[pirq].d = NULL;
	spin_unlock(&lock);
}

bool pirq_raise(unsigned int irq)
{
	struct domain *d;
	evtchn_port_t port;

	spin_lock(&lock);
	d = lines[irq].d;
	port = lines[irq].port;
	if (d) {
		pic_mask(irq);
		lines[irq].in_service = true;
	}
	spin_unlock(&lock);
	if (d)
		evtchn_raise_pirq(d, port);
	return d;
}

long pirq_eoi(struct domain *d, u32 pirq)
{
	long rc = -EINVAL;

	spin_lock(&lock);
	if (pirq < NR_IRQS && lines[pirq].d == d) {
		if (lines[pirq].in_service)
			pic_unmask(pirq);
		lines[pirq].in_service = false;
		rc = 0;
	}
	spin_unlock(&lock);
	return rc;
}
