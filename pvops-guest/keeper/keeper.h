/* SPDX-License-Identifier: MIT */
/*
 * keeper's shared state: the domains it serves and who has the keyboard.
 *
 * keeper is one loop: event handlers only set flags (they run inside
 * event_wait), all work is done between two waits. So nothing here is locked.
 */
#ifndef PVOPS_GUEST_KEEPER_KEEPER_H
#define PVOPS_GUEST_KEEPER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/keeper/console.h"
#include "pvops-guest/keeper/store.h"
#include "pvops-guest/keeper/xs_wire.h"
#include "pvops-guest/lib/grant.h"
#include <xen/xen.h>
#include <xen/io/console.h>

#define GUESTS_MAX	32
#define INPUT_QUEUE	1024 /* bytes typed ahead that a domain's ring can't take */
#define MAX_KEEPER_TEXT 160
/* What the domain builder gives every unprivileged domain. */
#define REMOTE_STORE_PORT   1
#define REMOTE_CONSOLE_PORT 2
/* A domain may print so much at once, and so much a second after that. */
#define OUTPUT_BURST_BYTES  16384
#define OUTPUT_BYTES_PER_MS 16

enum guest_state {
	GUEST_NONE, /* slot unused */
	GUEST_LIVE,
	GUEST_ENDED, /* let go of, but still in the hypervisor's list */
};

/* A ring shared with an untrusted peer, and the event channel beside it. */
struct ring {
	struct grant_mapping page; /* page.va NULL: not connected */
	int port; /* local port, 0: none */
	uint32_t own_cons; /* our indices; the shared copies are only told */
	uint32_t own_prod;
	bool broken; /* the peer broke the protocol: never touched again */
};

struct guest {
	enum guest_state state;
	domid_t domid;
	bool seen; /* in the list just read */
	bool kicked; /* one of its ports had an event, or xenstore has one for it */
	bool destroying; /* destroydomain has still to succeed */
	bool throttled; /* has output waiting that it may not print yet */
	char name[17];
	struct ring console;
	struct ring store;
	struct line line;
	uint32_t output_left; /* bytes it may print now */
	uint64_t refill_ns; /* when output_left was last raised */
	uint16_t input_first, input_count;
	char input[INPUT_QUEUE];
	struct xs_conn xs;
};

extern struct console console;
extern struct store store;

/* domains.c: the list of domains. */

/* domains_init - find the domains that exist now. Their number. */
unsigned int domains_init(void);
/* domains_scan - compare with the hypervisor's list: serve new ones, end others. */
void domains_scan(void);
/* domains_finish - go on with domains whose end takes time. True if there are some. */
bool domains_finish(void);
/* domains_left - number of domains served or still to be destroyed. */
unsigned int domains_left(void);
/* domains_next - the live domain after domid (0: the first), NULL if none. */
struct guest *domains_next(domid_t domid);
struct guest *domains_find(domid_t domid);

/* rings.c: transport. All are safe against any ring contents. */

/* rings_connect - map and bind what the domain offers. */
void rings_connect(struct guest *guest);
/* rings_serve - move output, input and store requests. */
void rings_serve(struct guest *guest);
/* rings_retry_ns - when a throttled domain may print again; 0: not throttled. */
uint64_t rings_retry_ns(const struct guest *guest);
/* rings_disconnect - take the last output, then unmap and close. */
void rings_disconnect(struct guest *guest);
/* rings_input - queue one typed byte. False if the queue is full. */
bool rings_input(struct guest *guest, char c);

/* input.c: the keyboard. */

/* input_init - give the focus to the first domain. */
void input_init(void);
/* input_read - take what was typed and deliver it. */
void input_read(void);
/* input_domain_ended - the focus may have to move. */
void input_domain_ended(domid_t domid);
/* input_domain_came - a rebooted domain gets the focus back if nobody has it. */
void input_domain_came(domid_t domid);

/* keeper_log - one line of keeper's own. */
void keeper_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
