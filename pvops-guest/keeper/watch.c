// SPDX-License-Identifier: MIT
/*
 * xenstore watches. Called by xs_wire.c for their owners, and by the store
 * for every change.
 *
 * INV-1  What waits for one client is bounded by quotas of its own, so a
 *	  client that never reads costs only itself, and nothing is lost
 *	  silently: a watch that overflows delivers its own path at the end.
 */

#include "pvops-guest/keeper/watch.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

struct watch {
	struct watch *next;
	uint16_t path_len;
	uint16_t waiting; /* events in the queue */
	uint16_t shown_from; /* how much of paths the owner doesn't see: relative */
	bool fresh; /* its first event, with its own path, is due */
	bool overflow; /* likewise, last, because there was no room for others */
	char *token; /* within text */
	char text[]; /* canonical path and token, each with its NUL */
};

struct watch_event {
	struct watch_event *next;
	struct watch *watch;
	uint32_t bytes;
	uint32_t path_len;
	char path[]; /* canonical */
};

void watch_client_init(struct watch_client *client, struct store *store, uint16_t domid)
{
	*client = (struct watch_client){.store = store, .domid = domid, .next = store->clients};
	store->clients = client;
}

void watch_client_end(struct watch_client *client)
{
	struct watch_client **link = &client->store->clients;

	watch_reset(client);
	while (*link && *link != client)
		link = &(*link)->next;
	if (*link)
		*link = client->next;
}

static bool is_special(const char *path)
{
	return path[0] == '@';
}

/* A watch's path made absolute, in the store's walk buffer. */
static int canonical(const struct watch_client *client, const char *path, const char **out)
{
	*out = path;
	if (is_special(path))
		return strcmp(path, WATCH_INTRODUCE) && strcmp(path, WATCH_RELEASE) ? -XEN_EINVAL
										    : 0;
	*out = client->store->walk;
	return store_canonical_path(client->domid, path, client->store->walk);
}

/* The link that points to a watch, or to the end of the list. */
static struct watch **find(struct watch_client *client, const char *path, const char *token,
			   bool relative)
{
	struct watch **link = &client->watches;

	while (*link && (strcmp((*link)->text, path) || strcmp((*link)->token, token) ||
			 !(*link)->shown_from == relative))
		link = &(*link)->next;
	return link;
}

static bool is_relative(const char *path)
{
	return path[0] != '/' && !is_special(path);
}

static struct watch *watch_new(struct watch_client *client, const char *path, const char *token)
{
	size_t path_len = strlen(path), token_len = strlen(token);
	struct watch *w = heap_alloc(&client->store->heap, sizeof(*w) + path_len + token_len + 2);

	if (!w)
		return NULL;
	*w = (struct watch){.path_len = path_len, .token = w->text + path_len + 1};
	memcpy(w->text, path, path_len + 1);
	memcpy(w->token, token, token_len + 1);
	return w;
}

static uint32_t watch_bytes(const struct watch *w)
{
	return sizeof(*w) + w->path_len + strlen(w->token) + 2;
}

int watch_add(struct watch_client *client, const char *path, const char *token)
{
	bool relative = is_relative(path);
	char home[STORE_HOME_MAX];
	struct watch **end, *w;
	const char *full;

	if (strlen(token) > WATCH_TOKEN_MAX || canonical(client, path, &full))
		return -XEN_EINVAL;
	end = find(client, full, token, relative);
	if (*end)
		return -XEN_EEXIST;
	if (client->domid &&
	    (client->nr_watches >= WATCH_QUOTA || client->watch_bytes > WATCH_QUOTA_BYTES))
		return -XEN_E2BIG;
	w = watch_new(client, full, token);
	if (!w)
		return -XEN_ENOMEM;
	if (relative) {
		store_domain_path(client->domid, home);
		w->shown_from = strlen(home) + 1;
	}
	/* Every watch reports once at first. */
	w->fresh = true;
	if (client->wake)
		*client->wake = true;
	*end = w;
	client->nr_watches++;
	client->watch_bytes += watch_bytes(w);
	return 0;
}

static void event_free(struct watch_client *client, struct watch_event *e)
{
	client->event_bytes -= e->bytes;
	e->watch->waiting--;
	heap_free(&client->store->heap, e);
}

/* Forget what waits for a watch. */
static void drop_events(struct watch_client *client, const struct watch *w)
{
	struct watch_event **link = &client->first, *e;

	client->last = NULL;
	while ((e = *link)) {
		if (e->watch == w) {
			*link = e->next;
			event_free(client, e);
		} else {
			client->last = e;
			link = &e->next;
		}
	}
}

static void watch_free(struct watch_client *client, struct watch **link)
{
	struct watch *w = *link;

	drop_events(client, w);
	*link = w->next;
	client->nr_watches--;
	client->watch_bytes -= watch_bytes(w);
	heap_free(&client->store->heap, w);
}

int watch_remove(struct watch_client *client, const char *path, const char *token)
{
	const char *full;
	struct watch **link;

	if (canonical(client, path, &full))
		return -XEN_EINVAL;
	link = find(client, full, token, is_relative(path));
	if (!*link)
		return -XEN_ENOENT;
	watch_free(client, link);
	return 0;
}

void watch_reset(struct watch_client *client)
{
	while (client->watches)
		watch_free(client, &client->watches);
}

/* What happened, while it is told. */
struct change {
	const char *path;
	uint32_t path_len;
	bool exact;
};

static bool waits_already(const struct watch_client *client, const struct watch *w,
			  const struct change *what)
{
	const struct watch_event *e;

	for (e = w->waiting ? client->first : NULL; e; e = e->next)
		if (e->watch == w && e->path_len == what->path_len &&
		    !memcmp(e->path, what->path, what->path_len))
			return true;
	return false;
}

static void queue(struct watch_client *client, struct watch *w, const struct change *what)
{
	uint32_t bytes = sizeof(struct watch_event) + what->path_len + 1;
	struct watch_event *e = NULL;

	if (waits_already(client, w, what))
		return;
	if (w->waiting < WATCH_EVENTS_MAX && client->event_bytes + bytes <= WATCH_EVENT_BYTES)
		e = heap_alloc(&client->store->heap, bytes);
	if (!e) {
		w->overflow = true;
		return;
	}
	*e = (struct watch_event){.watch = w, .bytes = bytes, .path_len = what->path_len};
	memcpy(e->path, what->path, what->path_len + 1);
	client->event_bytes += bytes;
	w->waiting++;
	if (client->first)
		client->last->next = e;
	else
		client->first = e;
	client->last = e;
}

static bool concerns(const struct watch *w, const struct change *what)
{
	if (what->path_len < w->path_len || memcmp(what->path, w->text, w->path_len))
		return false;
	if (what->path_len == w->path_len)
		return true;
	return !what->exact && (w->path_len == 1 || what->path[w->path_len] == '/');
}

/* Else a domain could follow what another one does. */
static bool may_hear(const struct watch_client *client, const char *path)
{
	return is_special(path) ? client->domid == 0
				: store_may_see(client->store, client->domid, path);
}

static void tell(struct watch_client *client, const struct change *what)
{
	bool asked = false;
	struct watch *w;

	for (w = client->watches; w; w = w->next) {
		/* One that overflows reports anyway: a flood costs no search. */
		if (w->overflow || !concerns(w, what))
			continue;
		if (!asked && !may_hear(client, what->path))
			return;
		asked = true;
		if (client->wake)
			*client->wake = true;
		queue(client, w, what);
	}
}

void watch_fire(struct store *store, const char *path, bool exact)
{
	struct change what = {path, strlen(path), exact};
	struct watch_client *client;

	for (client = store->clients; client; client = client->next)
		tell(client, &what);
}

/* A watch that is to report its own path: fresh ones come before all events. */
static struct watch *due(const struct watch_client *client, bool fresh)
{
	struct watch *w = client->watches;

	while (w && !(fresh ? w->fresh : w->overflow))
		w = w->next;
	return w;
}

bool watch_pending(const struct watch_client *client)
{
	return client->first || due(client, true) || due(client, false);
}

static size_t put_event(const struct watch *w, const char *path, char *body)
{
	size_t path_len = strlen(path) + 1, token_len = strlen(w->token) + 1;

	memcpy(body, path, path_len);
	memcpy(body + path_len, w->token, token_len);
	return path_len + token_len;
}

size_t watch_take(struct watch_client *client, char *body)
{
	struct watch_event *e = client->first;
	struct watch *w = due(client, true);
	size_t len;

	if (!w && e) {
		len = put_event(e->watch, e->path + e->watch->shown_from, body);
		client->first = e->next;
		if (!client->first)
			client->last = NULL;
		event_free(client, e);
		return len;
	}
	if (!w)
		w = due(client, false);
	if (!w)
		return 0;
	if (w->fresh)
		w->fresh = false;
	else
		w->overflow = false;
	return put_event(w, w->text + w->shown_from, body);
}
