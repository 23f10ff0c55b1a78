/* SPDX-License-Identifier: MIT */
/*
 * Virtual block devices: a disk as one domain sees it, from the keys in
 * xenstore to the requests in its ring.
 */
#ifndef PVOPS_GUEST_KEEPER_VBD_H
#define PVOPS_GUEST_KEEPER_VBD_H

#include "pvops-guest/keeper/blk_request.h"
#include "pvops-guest/keeper/disk.h"
#include "pvops-guest/keeper/keeper.h"
#include <xen/io/xenbus.h>

struct vbd {
	struct guest *guest; /* NULL: unused */
	struct disk *disk;
	uint8_t state; /* ours: enum xenbus_state */
	uint8_t complaints; /* lines printed about this guest's mistakes */
	bool kicked; /* its ring has to be looked at */
	bool waiting; /* for its drive: a request is under way, its own or another's */
	struct ring ring; /* own_cons: of requests; own_prod: of responses */
};

/* vbds_init - watch what front ends do. Once, after store_init(). */
void vbds_init(void);

/* vbds_attach - offer a new domain its disks. */
void vbds_attach(struct guest *guest);

/* vbds_detach - a domain is gone: let go of its rings, forget the keys. */
void vbds_detach(struct guest *guest);

/* vbds_serve - all requests there are, some of each. True if there are more. */
bool vbds_serve(void);

/* vbd_next - the vbd in use behind this one, NULL: the first; NULL if there is none. */
struct vbd *vbd_next(struct vbd *after);

/* vbds_drive_is_free - a channel is: who waits for one looks again. */
void vbds_drive_is_free(void);

/* vbd_respond - put a response into the ring of a connected vbd. */
void vbd_respond(struct vbd *vbd, const struct blk_request *r, int status);

/* vbd_copy - between a request's segments and memory of ours. BLKIF_RSP_*. */
int vbd_copy(const struct vbd *vbd, const struct blk_request *r, const struct blk_memory *memory);

/* vbd_keys.c: the keys, as a toolstack and blkback leave them. */

/* What a front end says when it is ready. */
struct vbd_front {
	uint32_t ring_ref, event_channel;
};

void vbd_keys_make(const struct vbd *vbd);
void vbd_keys_remove(const struct vbd *vbd);
/* vbd_keys_state - tell the front end our state. */
void vbd_keys_state(const struct vbd *vbd);
/* vbd_keys_front_state - the front end's; XenbusStateUnknown: it says none. */
unsigned int vbd_keys_front_state(const struct vbd *vbd);
/* vbd_keys_front_path - the path of its state. @path: VBD_PATH_MAX bytes */
#define VBD_PATH_MAX 80
void vbd_keys_front_path(const struct vbd *vbd, const char *key, char *path);
/* vbd_keys_front - NULL, or what it says wrong. */
const char *vbd_keys_front(const struct vbd *vbd, struct vbd_front *front);

#endif
