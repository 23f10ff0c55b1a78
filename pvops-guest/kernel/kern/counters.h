/* SPDX-License-Identifier: MIT */
/*
 * Named event counts, for the shell's `traps` command.
 *
 * Traps are counted by kern/trap.c, the operations of each world by its own
 * folder: hypercalls by kind, or privileged instructions by kind.
 */
#ifndef KERN_COUNTERS_H
#define KERN_COUNTERS_H

#include "kern/types.h"

/* Add a group of `nr` counters; both arrays must live for ever. At start only. */
void counters_register(const char *const *names, const uint32_t *values, unsigned int nr);

/* Name and value of counter `index`, over all groups. False: there are no more. */
bool counters_get(unsigned int index, const char **name, uint32_t *value);

#endif
