/* SPDX-License-Identifier: MIT */
/*
 * Lab 4: what lab.c has to provide, and what it may use.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

/* See a page of memory that isn't this domain's. */
void attack_neighbour(void);
/* Write to one of the page tables that are in use. */
void attack_own_tables(void);
/* Run on a root of your own making, with a frame in it that isn't this domain's. */
void attack_with_root(void);
/* Change what the processor itself believes: its tables of segments or traps. */
void attack_processor(void);

/*
 * The attempts, which the check remembers. lab_map: make va show what the page-table
 * entry says. lab_load_root: translate by that root. Both return what the monitor does:
 * 0, or a negative error. lab_execute: call fn(arg), and stop it at its first trap.
 */
long lab_map(unsigned long va, uint64_t entry);
long lab_load_root(unsigned long mfn);
void lab_execute(void (*fn)(void *arg), void *arg);

#endif
