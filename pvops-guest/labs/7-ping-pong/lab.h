/* SPDX-License-Identifier: MIT */
/*
 * Lab 7: what lab.c has to provide, and what it may use.
 */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/event_channel.h>

/*
 * Play ping-pong with another domain, which runs the same function: the first sends
 * an event through `port` and waits for one, the second waits and then sends, `rounds`
 * times each. While it waits, a domain leaves the processor to others.
 */
void play(bool first, evtchn_port_t port, unsigned int rounds);

/* How many events have come so far, 0 at the start. */
unsigned int lab_received(void);

#endif
