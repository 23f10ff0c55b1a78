// SPDX-License-Identifier: MIT
/*
 * The usual xenstore keys of a domain. Called by domains.c as domain 0.
 *
 * Keys are domain 0's and may be read by their domain, as stock toolstacks do
 * it; the domain's own are those it has to change or to make others below.
 */

#include "pvops-guest/keeper/home.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"
#include <xen/grant_table.h>

/* The console's buffer limit in bytes, of which only the key's reader knows. */
#define CONSOLE_LIMIT "1048576"

void home_put_at(struct store *store, const char *path, const char *text)
{
	const struct store_who d0 = {.store = store};
	struct store_bytes value = {text, strlen(text)};

	store_write(&d0, path, &value);
}

void home_set(struct store *store, uint16_t domid, const char *key, const char *text)
{
	char path[80], top[STORE_HOME_MAX];

	store_domain_path(domid, top);
	guest_snprintf(path, sizeof(path), "%s/%s", top, key);
	home_put_at(store, path, text);
}

static void put_number(struct store *store, uint16_t domid, const char *key, uint64_t number)
{
	char text[24];

	put_decimal(text, number);
	home_set(store, domid, key, text);
}

void home_let_read(struct store *store, uint16_t domid, const char *path)
{
	const struct store_who d0 = {.store = store};
	const struct store_perm perms[] = {{.domid = 0}, {.domid = domid, .access = STORE_READ}};

	store_mkdir(&d0, path);
	store_set_perms(&d0, path, perms, 2);
}

/* The domain's own. */
static void give(struct store *store, uint16_t domid, const char *key)
{
	const struct store_who d0 = {.store = store};
	const struct store_perm perm = {.domid = domid};
	char path[80], top[STORE_HOME_MAX];

	store_domain_path(domid, top);
	guest_snprintf(path, sizeof(path), "%s/%s", top, key);
	store_mkdir(&d0, path);
	store_set_perms(&d0, path, &perm, 1);
}

void home_init(struct store *store)
{
	home_put_at(store, "/tool/xenstored", "");
	home_put_at(store, "/vm", "");
	home_set(store, 0, "name", "Domain-0");
	home_set(store, 0, "domid", "0");
}

/* Two lives of a domain have the same handle: the number tells them apart. */
static void vm_path(const struct home *home, char *path, size_t size)
{
	const uint8_t *h = home->handle;

	guest_snprintf(path, size,
		       "/vm/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		       "%02x%02x%02x%02x%02x%02x-%u",
		       h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11],
		       h[12], h[13], h[14], h[15], home->domid);
}

static void make_vm(struct store *store, const struct home *home)
{
	char path[64], key[80];

	vm_path(home, path, sizeof(path));
	home_let_read(store, home->domid, path);
	home_set(store, home->domid, "vm", path);
	guest_snprintf(key, sizeof(key), "%s/name", path);
	home_put_at(store, key, home->name);
	guest_snprintf(key, sizeof(key), "%s/uuid", path);
	path[sizeof("/vm/") - 1 + 36] = '\0';
	home_put_at(store, key, path + sizeof("/vm/") - 1);
}

/* References are grants, not frames: a server maps them by these numbers. */
static void make_rings(struct store *store, const struct home *home)
{
	if (home->console_port) {
		put_number(store, home->domid, "console/ring-ref", GNTTAB_RESERVED_CONSOLE);
		put_number(store, home->domid, "console/port", home->console_port);
		home_set(store, home->domid, "console/type", "ringlet");
		home_set(store, home->domid, "console/limit", CONSOLE_LIMIT);
	}
	if (home->store_port) {
		put_number(store, home->domid, "store/ring-ref", GNTTAB_RESERVED_XENSTORE);
		put_number(store, home->domid, "store/port", home->store_port);
	}
}

void home_make(struct store *store, const struct home *home)
{
	static const char *const own[] = {
		"device",
		"data",
		"drivers",
		"attr",
		"feature",
		"error",
		"control/shutdown",
		"control/sysrq",
		"control/feature-poweroff",
		"control/feature-reboot",
		"control/feature-halt",
		"control/feature-suspend",
	};
	char key[40], top[STORE_HOME_MAX];

	/* Who named this number before its domain was there meant another one. */
	store_forget_domain(store, home->domid);
	store_domain_path(home->domid, top);
	home_let_read(store, home->domid, top);
	make_vm(store, home);
	put_number(store, home->domid, "domid", home->domid);
	home_set(store, home->domid, "name", home->name);
	put_number(store, home->domid, "memory/target", home->memory_kib);
	put_number(store, home->domid, "memory/static-max", home->memory_max_kib);
	home_set(store, home->domid, "memory/videoram", "0");
	for (unsigned int i = 0; i < home->nr_vcpus; i++) {
		guest_snprintf(key, sizeof(key), "cpu/%u/availability", i);
		home_set(store, home->domid, key, "online");
	}
	make_rings(store, home);
	home_set(store, home->domid, "control/platform-feature-xs_reset_watches", "1");
	for (unsigned int i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		give(store, home->domid, own[i]);
}

void home_remove(struct store *store, uint16_t domid)
{
	const struct store_who d0 = {.store = store};
	struct store_bytes vm;
	char path[80], vm_copy[64];

	store_domain_path(domid, path);
	guest_snprintf(path + strlen(path), 4, "/vm");
	if (!store_read(&d0, path, &vm) && vm.len < sizeof(vm_copy)) {
		memcpy(vm_copy, vm.data, vm.len);
		vm_copy[vm.len] = '\0';
		store_remove(&d0, vm_copy);
	}
	store_domain_path(domid, path);
	store_remove(&d0, path);
	store_forget_domain(store, domid);
}
