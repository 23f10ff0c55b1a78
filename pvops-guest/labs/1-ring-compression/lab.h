/* SPDX-License-Identifier: MIT */
/*
 * Lab 1: what lab.c has to provide.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

/*
 * Turn a segment descriptor of a kernel for ring 0 into one with which the same
 * kernel can run in ring 1, below a monitor that begins at MONITOR_START: 8 bytes as in
 * SDM vol. 3A, 3.4.5. What the processor may not be shown at all becomes 0.
 */
uint64_t compress(uint64_t native);

/* The first address that no segment of a guest may reach. */
#define MONITOR_START 0xF6800000u

#endif
