// SPDX-License-Identifier: MIT
/*
 * The keys of virtual block devices. Called by vbd.c as domain 0.
 *
 * The front end's belong to its domain, which may write anything there: they
 * are asked for the ring and for its state, and never for whose disk it is.
 * ABI: <xen/io/blkif.h>, <xen/io/protocols.h>.
 */

#include "pvops-guest/keeper/home.h"
#include "pvops-guest/keeper/vbd.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"
#include <xen/io/protocols.h>

#define VALUE_MAX 32

static void back_path(const struct vbd *vbd, const char *key, char *path)
{
	guest_snprintf(path, VBD_PATH_MAX, "/local/domain/0/backend/vbd/%u/%u%s%s",
		       vbd->guest->domid, vbd->disk->vdev, key[0] ? "/" : "", key);
}

void vbd_keys_front_path(const struct vbd *vbd, const char *key, char *path)
{
	guest_snprintf(path, VBD_PATH_MAX, "/local/domain/%u/device/vbd/%u%s%s",
		       vbd->guest->domid, vbd->disk->vdev, key[0] ? "/" : "", key);
}

static void put_back(const struct vbd *vbd, const char *key, const char *value)
{
	char path[VBD_PATH_MAX];

	back_path(vbd, key, path);
	home_put_at(&store, path, value);
}

static void put_back_number(const struct vbd *vbd, const char *key, uint64_t value)
{
	char text[24];

	put_decimal(text, value);
	put_back(vbd, key, text);
}

static void put_front(const struct vbd *vbd, const char *key, const char *value)
{
	char path[VBD_PATH_MAX];

	vbd_keys_front_path(vbd, key, path);
	home_put_at(&store, path, value);
}

static void put_front_number(const struct vbd *vbd, const char *key, uint64_t value)
{
	char text[24];

	put_decimal(text, value);
	put_front(vbd, key, text);
}

static void make_back(const struct vbd *vbd)
{
	const struct disk *disk = vbd->disk;
	char path[VBD_PATH_MAX];

	back_path(vbd, "", path);
	home_let_read(&store, vbd->guest->domid, path);
	vbd_keys_front_path(vbd, "", path);
	put_back(vbd, "frontend", path);
	put_back_number(vbd, "frontend-id", vbd->guest->domid);
	put_back(vbd, "online", "1");
	put_back(vbd, "bootable", "1");
	put_back(vbd, "removable", "0");
	put_back(vbd, "dev", disk->device);
	put_back(vbd, "type", "phy");
	put_back(vbd, "mode", disk->read_only ? "r" : "w");
	put_back(vbd, "device-type", "disk");
	put_back(vbd, "discard-enable", "0");
	put_back_number(vbd, "feature-flush-cache", !disk->read_only);
	put_back_number(vbd, "feature-barrier", !disk->read_only);
	put_back_number(vbd, "feature-max-indirect-segments", BLK_INDIRECT_MAX);
	put_back_number(vbd, "sectors", disk->nr_sectors);
	put_back_number(vbd, "sector-size", SECTOR_BYTES);
	put_back_number(vbd, "physical-sector-size", SECTOR_BYTES);
	put_back_number(vbd, "info", disk->read_only ? VDISK_READONLY : 0);
	vbd_keys_state(vbd);
}

void vbd_keys_make(const struct vbd *vbd)
{
	char path[VBD_PATH_MAX];

	make_back(vbd);
	back_path(vbd, "", path);
	put_front(vbd, "backend", path);
	put_front(vbd, "backend-id", "0");
	put_front_number(vbd, "virtual-device", vbd->disk->vdev);
	put_front(vbd, "device-type", "disk");
	put_front_number(vbd, "state", XenbusStateInitialising);
}

void vbd_keys_remove(const struct vbd *vbd)
{
	const struct store_who d0 = {.store = &store};
	char path[VBD_PATH_MAX];

	guest_snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%u", vbd->guest->domid);
	store_remove(&d0, path);
}

void vbd_keys_state(const struct vbd *vbd)
{
	put_back_number(vbd, "state", vbd->state);
}

/* A key of the front end's as text; false: none, or too long to mean anything. */
static bool read_front(const struct vbd *vbd, const char *key, char *text)
{
	const struct store_who d0 = {.store = &store};
	struct store_bytes value;
	char path[VBD_PATH_MAX];

	vbd_keys_front_path(vbd, key, path);
	if (store_read(&d0, path, &value) || value.len >= VALUE_MAX)
		return false;
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	return true;
}

static bool read_number(const struct vbd *vbd, const char *key, uint32_t *number)
{
	char text[VALUE_MAX];

	return read_front(vbd, key, text) && !parse_decimal(text, UINT32_MAX, number);
}

unsigned int vbd_keys_front_state(const struct vbd *vbd)
{
	uint32_t state;

	if (!read_number(vbd, "state", &state) || state > XenbusStateReconfigured)
		return XenbusStateUnknown;
	return state;
}

const char *vbd_keys_front(const struct vbd *vbd, struct vbd_front *front)
{
	char protocol[VALUE_MAX];

	if (!read_number(vbd, "ring-ref", &front->ring_ref))
		return "no ring-ref";
	if (!read_number(vbd, "event-channel", &front->event_channel))
		return "no event-channel";
	/* Guests are as wide as we are: the ring's layout is the compiler's. */
	if (read_front(vbd, "protocol", protocol) && strcmp(protocol, XEN_IO_PROTO_ABI_NATIVE))
		return "a protocol of another width";
	return NULL;
}
