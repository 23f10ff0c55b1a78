// SPDX-License-Identifier: MIT
/*
 * Lab 7, starting point: it plays, and keeps the processor busy with waiting.
 */
#include "pvops-guest/labs/7-ping-pong/lab.h"
#include "pvops-guest/lib/events.h"

/* Wait until `nr` events have come in all. */
static void wait_for(unsigned int nr)
{
	while (lab_received() < nr)
		event_dispatch(); /* look whether one is pending */
}

void play(bool first, evtchn_port_t port, unsigned int rounds)
{
	for (unsigned int i = 1; i <= rounds; i++) {
		if (first)
			event_send(port);
		wait_for(i);
		if (!first)
			event_send(port);
	}
}
