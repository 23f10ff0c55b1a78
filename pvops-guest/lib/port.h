/* SPDX-License-Identifier: MIT */
/*
 * Port input and output, for who may: by a virtual IOPL, trapping, or by the
 * bitmap of open ports.
 */
#ifndef PVOPS_GUEST_LIB_PORT_H
#define PVOPS_GUEST_LIB_PORT_H

#include <stdint.h>
#include "pvops-guest/lib/hypercall.h"

static inline void port_write8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* nr words of 16 bits. */
static inline void port_read16s(uint16_t port, void *to, unsigned long nr)
{
	asm volatile("rep insw" : "+D"(to), "+c"(nr) : "d"(port) : "memory");
}

static inline void port_write16s(uint16_t port, const void *from, unsigned long nr)
{
	asm volatile("rep outsw" : "+S"(from), "+c"(nr) : "d"(port) : "memory");
}

static inline long port_set_iopl(unsigned int iopl)
{
	struct physdev_set_iopl op = {.iopl = iopl};

	return hypercall_physdev_op(PHYSDEVOP_set_iopl, &op);
}

/* A clear bit opens a port; those from nr_ports on are closed. 0 or -errno. */
static inline long port_set_bitmap(uint8_t *bitmap, unsigned int nr_ports)
{
	struct physdev_set_iobitmap op = {.nr_ports = nr_ports};

	set_xen_guest_handle(op.bitmap, bitmap);
	return hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op);
}

#endif
