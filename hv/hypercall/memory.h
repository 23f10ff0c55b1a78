/* SPDX-License-Identifier: MIT */
/* What the files of memory_op share: memory.c, exchange.c, memmap.c. */
#ifndef HYPERCALL_MEMORY_H
#define HYPERCALL_MEMORY_H

#include "hypercall/hypercall.h"

#include <xen/memory.h>

/* Extents larger than 2 MiB are for nobody but a machine's owner. */
#define MEMOP_MAX_ORDER 9

/*
 * Memory as low as that is the heap's. Linux asks lower first, and goes on with
 * higher until it gets some: it would take the last of it (ABI 2.2, exchange).
 */
#define MEMOP_MIN_ADDRESS_BITS 26
static inline bool memop_too_low(unsigned int address_bits)
{
	return address_bits && address_bits < MEMOP_MIN_ADDRESS_BITS;
}

/* Entry i of an extent list in guest memory; false: it can't be reached. */
bool extent_get(const struct xen_memory_reservation *res, unsigned long i, unsigned long *val);
bool extent_put(const struct xen_memory_reservation *res, unsigned long i, unsigned long val);

/* XENMEM_exchange. 0, hc_restart() or -errno; nr_exchanged is exact in any case. */
long memory_exchange(struct hc_args *a);

/* XENMEM_memory_map and XENMEM_machine_memory_map. */
long memory_map_own(unsigned long gva);
long memory_map_machine(unsigned long gva);

#endif
