/* SPDX-License-Identifier: MIT */
/*
 * Two domains that run one test together, in steps.
 *
 * They are told of each other by their command lines, `first PEER` and `second
 * PEER` (PEER is the other's number), and meet over an event channel and a
 * page: the first allocates and grants both under numbers known beforehand.
 */
#ifndef PVOPS_GUEST_LIB_PAIR_H
#define PVOPS_GUEST_LIB_PAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>

struct pair {
	bool first;
	domid_t peer;
	evtchn_port_t port;
	struct grant_entry_v1 *grants; /* this domain's table */
	volatile uint32_t *page;       /* seen by both; from word PAIR_WORDS on it is free */
};

#define PAIR_WORDS 8

/*
 * pair_connect - find the other domain. Must come before this domain opens
 * other ports. Gives the test up, with an error, if the other doesn't come.
 */
void pair_connect(struct pair *p);

/* pair_meet - wait until the other is at this step too (1, 2, …). Gives up likewise. */
void pair_meet(struct pair *p, uint32_t step);

/* pair_wait_end - wait until the other domain is being taken apart. */
void pair_wait_end(struct pair *p);

/* pair_grant - let the other map own frame mfn under ref. @flags: GTF_readonly or 0 */
void pair_grant(struct pair *p, grant_ref_t ref, unsigned long mfn, uint16_t flags);

#endif
