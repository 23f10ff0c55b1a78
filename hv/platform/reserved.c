/* SPDX-License-Identifier: MIT */
/*
 * Ports and interrupt lines that stay the monitor's own: no domain gets them,
 * whatever it asks for. Called by the I/O bitmap, port accesses and pirq.c.
 *
 * They are what the monitor drives itself, what ends or resets the machine, and
 * what makes a device write to memory that isn't the domain's.
 */
#include "platform/platform.h"
#include "x86/vectors.h"

#define NR_FOUND 4

struct ports {
	u16 first, last;
};

static const struct ports reserved[] = {
	{ 0x00, 0x1f },	    /* DMA controller: writes where it is told */
	{ 0x20, 0x21 },	    /* PIC */
	{ 0x40, 0x43 },	    /* PIT */
	{ 0x60, 0x60 },	    /* keyboard, and its reset line */
	{ 0x61, 0x61 },	    /* PIT channel 2, NMI sources */
	{ 0x64, 0x64 },
	{ 0x70, 0x71 },	    /* CMOS clock, NMI mask: an index and its data, which can't be shared */
	{ 0x81, 0x8f },	    /* DMA pages; 0x80 is a harmless delay */
	{ 0x92, 0x92 },	    /* A20 and reset */
	{ 0xa0, 0xa1 },	    /* PIC */
	{ 0xb2, 0xb3 },	    /* system management */
	{ 0xc0, 0xdf },	    /* DMA controller */
	{ 0xe9, 0xe9 },	    /* emulators' debug console */
	{ 0xf4, 0xf4 },	    /* QEMU's exit */
	{ 0x3f8, 0x3ff },   /* COM1 */
	{ 0x4d0, 0x4d1 },   /* PIC: edge or level */
	{ 0x604, 0x605 },   /* power: QEMU */
	{ 0xb004, 0xb005 }, /* power: Bochs */
	{ 0xcf8, 0xcff },   /* PCI configuration: bus masters, and where devices lie; reset */
	{ 0x8900, 0x8900 }, /* power: Bochs */
};

static struct ports found[NR_FOUND]; /* by ACPI; read-only after start */
static unsigned int nr_found;

/* Timer, keyboard, the second PIC, COM1. */
#define RESERVED_IRQS (1u << 0 | 1u << 1 | 1u << 2 | 1u << 4)

void port_reserve(u16 first, u16 nr)
{
	BUG_ON(nr_found == NR_FOUND);
	found[nr_found++] = (struct ports){ first, (u16)(first + nr - 1) };
}

static bool in_list(const struct ports *list, unsigned int nr, u16 port)
{
	for (unsigned int i = 0; i < nr; i++)
		if (port >= list[i].first && port <= list[i].last)
			return true;
	return false;
}

bool port_is_reserved(u16 port)
{
	/* The screen is the initial domain's unless we write on it. */
	if (options.console_vga && port >= 0x3b0 && port <= 0x3df)
		return true;
	return in_list(reserved, sizeof(reserved) / sizeof(reserved[0]), port) ||
	       in_list(found, nr_found, port);
}

bool irq_is_reserved(unsigned int irq)
{
	return irq >= NR_IRQS || (RESERVED_IRQS >> irq & 1);
}
