/* SPDX-License-Identifier: MIT */
/*
 * Ports that a vcpu uses without asking: its bitmap, and whose the CPU has.
 * Called by hypercall/physdev.c, by the switch between vcpus, and at a vcpu's
 * end. ABI 6.1, 6.2.
 *
 * Only the initial domain has ports, and never the monitor's own. The CPU looks
 * at one bitmap of 8 KB, behind the TSS; it is copied there when another vcpu's
 * stands there, and out of the TSS's reach while who has none runs.
 */
#include "domain/domain.h"
#include "lib/string.h"
#include "x86/io_bitmap.h"

#define IO_BITMAP_PAGES (IO_BITMAP_BYTES / PAGE_SIZE)

static const struct vcpu *in_tss; /* whose bitmap the CPU has; NULL: nobody's */

void vcpu_load_io_bitmap(const struct vcpu *v)
{
	if (v->io_bitmap && in_tss != v) {
		memcpy(arch_io_bitmap()->bits, v->io_bitmap, IO_BITMAP_BYTES);
		in_tss = v;
	}
	arch_io_bitmap_enable(v->io_bitmap);
}

/* What no domain opens, as a bitmap; made when the first one is set. */
static unsigned long closed[IO_BITMAP_BYTES / sizeof(unsigned long)];

static void find_closed(void)
{
	for (u32 port = 0; port < 65536; port++)
		if (port_is_reserved((u16)port))
			closed[port / BITS_PER_LONG] |= 1UL << (port % BITS_PER_LONG);
}

/* Linux sets a bitmap with every switch to a process that has one: words, not bits. */
static void close_ports(unsigned long *bits, u32 nr_ports)
{
	if (!closed[0]) /* the DMA controller's are among them */
		find_closed();
	for (u32 i = 0; i < IO_BITMAP_BYTES / sizeof(*bits); i++) {
		u32 first = i * BITS_PER_LONG;

		bits[i] |= closed[i];
		if (first >= nr_ports)
			bits[i] = ~0UL;
		else if (nr_ports - first < BITS_PER_LONG)
			bits[i] |= ~0UL << (nr_ports - first);
	}
}

long vcpu_set_io_bitmap(struct vcpu *v, unsigned long gva, u32 nr_ports)
{
	unsigned long *bits;

	if (nr_ports > 65536)
		return -EINVAL;
	/* There is nothing behind any port for others: accepted, and forgotten. */
	if (!v->domain->privileged)
		return 0;
	bits = domain_heap_alloc(v->domain, IO_BITMAP_PAGES);
	if (!bits)
		return -ENOMEM;
	if (nr_ports && copy_from_guest(bits, gva, (nr_ports + 7) / 8)) {
		domain_heap_free(v->domain, bits, IO_BITMAP_PAGES);
		return -EFAULT;
	}
	close_ports(bits, nr_ports);
	vcpu_drop_io_bitmap(v);
	v->io_bitmap = bits;
	if (v == current_vcpu())
		vcpu_load_io_bitmap(v);
	return 0;
}

void vcpu_drop_io_bitmap(struct vcpu *v)
{
	if (in_tss == v)
		in_tss = NULL;
	domain_heap_free(v->domain, v->io_bitmap, IO_BITMAP_PAGES);
	v->io_bitmap = NULL;
}
