/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own mappings: the direct map of all memory.
 */
#ifndef KERN_KMAP_H
#define KERN_KMAP_H

#include "kern/types.h"

/*
 * Extend the boot tables until every frame is visible at pfn_to_va(). After
 * this the kernel's middle table never changes, so that processes may copy it.
 */
void kmap_init(void);

#endif
