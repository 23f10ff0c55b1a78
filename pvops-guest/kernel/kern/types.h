/* SPDX-License-Identifier: MIT */
/*
 * The kernel's numbers, layout constants and the direct map.
 *
 * Used by everything. Memory is named in three ways here:
 *   pfn  our own frame numbers, 0 to boot.nr_frames - 1, without gaps
 *   mfn  the machine's frame numbers, as page tables hold them. Bare: mfn == pfn.
 *        As a guest: any; the monitor gives us the table.
 *   va   an address; frame `pfn` is always visible at KERNEL_BASE + pfn * 4096
 */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern_width.h"

typedef uint32_t pfn_t;
typedef uint32_t mfn_t;
typedef uint64_t pte_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PAGE_MASK (~(unsigned long)(PAGE_SIZE - 1))

#define DIRECT_MAP_MAX_FRAMES ((DIRECT_MAP_END - KERNEL_BASE) >> PAGE_SHIFT)

/* Processes live in the first gigabyte, which one second-level table covers. */
#define USER_LIMIT 0x40000000ul

#define TICK_HZ 100
#define TICK_NS (1000000000u / TICK_HZ)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What the start code found out about the machine; filled before kernel_main(). */
struct boot_info {
	char cmdline[1024];
	uint32_t nr_frames;	/* frames of memory, from pfn 0 */
	pfn_t first_free;	/* frames from here on are unused */
	uint64_t start_ns;	/* pv_ops.time.now_ns() when the kernel came up */
};

extern struct boot_info boot;

/* Frame `pfn` as seen through the direct map. */
static inline void *pfn_to_va(pfn_t pfn)
{
	return (void *)(KERNEL_BASE + ((unsigned long)pfn << PAGE_SHIFT));
}

/* The frame behind direct-map address `va`. */
static inline pfn_t va_to_pfn(const void *va)
{
	return ((unsigned long)va - KERNEL_BASE) >> PAGE_SHIFT;
}

/* The ring we run in. */
static inline unsigned int current_ring(void)
{
	unsigned long cs;

	__asm__("mov %%cs, %0" : "=r"(cs));
	return cs & 3;
}

#endif
