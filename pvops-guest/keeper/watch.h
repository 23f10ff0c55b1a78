/* SPDX-License-Identifier: MIT */
/*
 * xenstore watches: who wants to hear of which changes, and what each has
 * still to be told. Portable: also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_WATCH_H
#define PVOPS_GUEST_KEEPER_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pvops-guest/keeper/store.h"

#define WATCH_QUOTA	  128 /* watches of one client */
#define WATCH_QUOTA_BYTES 16384 /* of their paths and tokens */
#define WATCH_TOKEN_MAX	  1000 /* so that an event fits into a message */
#define WATCH_EVENTS_MAX  64 /* waiting, of one watch */
#define WATCH_EVENT_BYTES 16384 /* waiting, of one client */

#define WATCH_INTRODUCE "@introduceDomain"
#define WATCH_RELEASE	"@releaseDomain"

struct watch;
struct watch_event;

/* One listener: a domain's connection. */
struct watch_client {
	struct watch_client *next; /* in the store's list */
	struct store *store;
	struct watch *watches;
	struct watch_event *first, *last; /* waiting, oldest first */
	bool *wake; /* set when an event comes; may be NULL */
	uint32_t watch_bytes;
	uint32_t event_bytes;
	uint16_t nr_watches;
	uint16_t domid;
};

/* watch_client_init - add a listener to a store. */
void watch_client_init(struct watch_client *client, struct store *store, uint16_t domid);

/* watch_client_end - remove it with all it has. */
void watch_client_end(struct watch_client *client);

/*
 * watch_add - register, and queue the first event, which every watch gets.
 * @path: as the client wrote it, relative, absolute or one of WATCH_*
 * -EINVAL (path), -EEXIST (same path and token), -E2BIG (quota), -ENOMEM.
 */
int watch_add(struct watch_client *client, const char *path, const char *token);

/* watch_remove - the reverse; its events that still wait go, too. -ENOENT. */
int watch_remove(struct watch_client *client, const char *path, const char *token);

/* watch_reset - remove all. */
void watch_reset(struct watch_client *client);

/*
 * watch_fire - a node has changed, come, or is about to go.
 * @path: canonical, or one of WATCH_*, of which only domain 0 hears
 * @exact: tell only those who watch this very node, none above
 *
 * Who may see neither the node nor its parent isn't told. An event that waits
 * already isn't queued twice. A watch with WATCH_EVENTS_MAX waiting gets, for
 * all further ones, a single event with the watch's own path.
 */
void watch_fire(struct store *store, const char *path, bool exact);

/* watch_pending - is there an event to deliver? */
bool watch_pending(const struct watch_client *client);

/*
 * watch_take - the oldest event as the body of XS_WATCH_EVENT: path, as seen
 * from the watch, and token. Its length; 0 if there is none.
 * @body: room for STORE_PATH_MAX + WATCH_TOKEN_MAX + 2 bytes
 */
size_t watch_take(struct watch_client *client, char *body);

#endif
