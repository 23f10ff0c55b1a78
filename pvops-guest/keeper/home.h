/* SPDX-License-Identifier: MIT */
/*
 * What a domain finds in xenstore when it starts: the keys that a toolstack
 * leaves for it. Portable: also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_HOME_H
#define PVOPS_GUEST_KEEPER_HOME_H

#include <stdint.h>
#include "pvops-guest/keeper/store.h"

/* What the keys say of a domain. */
struct home {
	uint16_t domid;
	const char *name; /* empty: none is known */
	const uint8_t *handle; /* 16 bytes */
	uint64_t memory_kib;
	uint64_t memory_max_kib;
	unsigned int nr_vcpus;
	int store_port, console_port; /* the domain's own ends; 0: not served */
};

/* home_init - what is there before any domain: /tool, domain 0's own keys. */
void home_init(struct store *store);

/* home_make - the keys of a new domain, with their permissions. */
void home_make(struct store *store, const struct home *home);

/* home_put_at - write one key, as domain 0. */
void home_put_at(struct store *store, const char *path, const char *text);

/* home_set - write one key of a domain's, as domain 0; key is below its home. */
void home_set(struct store *store, uint16_t domid, const char *key, const char *text);

/* home_let_read - a key of domain 0's that one domain may read; those below inherit it. */
void home_let_read(struct store *store, uint16_t domid, const char *path);

/* home_remove - all keys of a domain, and every permission it had. */
void home_remove(struct store *store, uint16_t domid);

#endif
