// SPDX-License-Identifier: MIT
/*
 * Which domains there are, by the hypercalls a stock toolstack uses. Called by
 * the main loop at start and after each VIRQ_DOM_EXC.
 */

#include "pvops-guest/keeper/home.h"
#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/keeper/vbd.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

#define LIST_BATCH 16
/* The public errno.h gives it to the hypervisor only, yet it is returned. */
#define ERESTART      85
#define DESTROY_TRIES 64 /* per turn, before others are served again */
/* More than any domain has: such a limit means that there is none. */
#define MAX_PAGES_SHOWN (1u << 24)

static struct guest guests[GUESTS_MAX];

struct guest *domains_find(domid_t domid)
{
	for (unsigned int i = 0; i < GUESTS_MAX; i++)
		if (guests[i].state != GUEST_NONE && guests[i].domid == domid)
			return &guests[i];
	return NULL;
}

struct guest *domains_next(domid_t domid)
{
	struct guest *best = NULL;

	for (unsigned int i = 0; i < GUESTS_MAX; i++) {
		struct guest *g = &guests[i];

		if (g->state == GUEST_LIVE && g->domid > domid && (!best || g->domid < best->domid))
			best = g;
	}
	return best;
}

unsigned int domains_left(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < GUESTS_MAX; i++)
		n += guests[i].state == GUEST_LIVE || guests[i].destroying;
	return n;
}

/* What a toolstack leaves in the store for a new domain. */
static void fill_store(const struct guest *guest, const struct xen_domctl_getdomaininfo *info)
{
	struct home home = {
		.domid = guest->domid,
		.name = guest->name,
		.handle = info->handle,
		.memory_kib = info->tot_pages * 4,
		.memory_max_kib = info->max_pages * 4,
		.nr_vcpus = info->max_vcpu_id + 1,
		.store_port = guest->store.port ? REMOTE_STORE_PORT : 0,
		.console_port = guest->console.port ? REMOTE_CONSOLE_PORT : 0,
	};

	if (info->max_pages < info->tot_pages || info->max_pages > MAX_PAGES_SHOWN)
		home.memory_max_kib = home.memory_kib;
	if (home.nr_vcpus > XEN_LEGACY_MAX_VCPUS)
		home.nr_vcpus = XEN_LEGACY_MAX_VCPUS;
	home_make(&store, &home);
	watch_fire(&store, WATCH_INTRODUCE, false);
}

/* A handle that is text is taken as the domain's name. */
static void set_name(struct guest *guest, const uint8_t *handle)
{
	unsigned int n = 0;

	while (n < 16 && handle[n] > ' ' && handle[n] < 0x7f)
		n++;
	for (unsigned int i = n; i < 16; i++)
		if (handle[i])
			n = 0;
	memcpy(guest->name, handle, n);
}

static void begin(const struct xen_domctl_getdomaininfo *info)
{
	struct guest *guest = NULL;

	for (unsigned int i = 0; i < GUESTS_MAX && !guest; i++)
		if (guests[i].state == GUEST_NONE)
			guest = &guests[i];
	if (!guest) {
		keeper_log("d%u: too many domains to serve it", info->domain);
		return;
	}
	memset(guest, 0, sizeof(*guest));
	guest->state = GUEST_LIVE;
	guest->domid = info->domain;
	guest->seen = true;
	set_name(guest, info->handle);
	line_init(&guest->line, guest->domid);
	rings_connect(guest);
	fill_store(guest, info);
	vbds_attach(guest);
	input_domain_came(guest->domid);
}

static const char *end_reason(uint32_t flags)
{
	static const char *const reasons[] = {"poweroff", "reboot", "suspend", "crash", "watchdog"};
	unsigned int code = flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;

	if (!(flags & XEN_DOMINF_shutdown))
		return "gone";
	return code < ARRAY_SIZE(reasons) ? reasons[code] : "unknown";
}

/* Take the last output, give back what we hold of it, forget its keys. */
static void let_go(struct guest *guest, uint32_t flags)
{
	vbds_detach(guest);
	rings_disconnect(guest);
	home_remove(&store, guest->domid);
	watch_fire(&store, WATCH_RELEASE, false);
	guest->state = GUEST_ENDED;
	guest->destroying = true;
	keeper_log("d%u%s%s has ended: %s", guest->domid, guest->name[0] ? " " : "", guest->name,
		   end_reason(flags));
	input_domain_ended(guest->domid);
}

/* True when nothing remains to be done about this domain. */
static bool destroy(struct guest *guest)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_destroydomain,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
		.domain = guest->domid,
	};
	long ret;

	for (int i = 0; i < DESTROY_TRIES; i++) {
		ret = hypercall_domctl(&op);
		if (ret != -XEN_EAGAIN && ret != -ERESTART)
			break;
	}
	if (ret == -XEN_EAGAIN || ret == -ERESTART)
		return false;
	if (ret && ret != -XEN_ESRCH)
		keeper_log("can't destroy d%u: %ld", guest->domid, ret);
	return true;
}

static void examine(const struct xen_domctl_getdomaininfo *info)
{
	struct guest *guest = domains_find(info->domain);
	bool over = info->flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown);

	if (guest)
		guest->seen = true;
	else if (!(info->flags & XEN_DOMINF_dying))
		begin(info);
	guest = domains_find(info->domain);
	if (guest && guest->state == GUEST_LIVE && over)
		let_go(guest, info->flags);
}

void domains_scan(void)
{
	static struct xen_domctl_getdomaininfo list[LIST_BATCH];
	struct xen_sysctl op;
	uint32_t first = 1, got = LIST_BATCH;

	for (unsigned int i = 0; i < GUESTS_MAX; i++)
		guests[i].seen = false;
	while (got == LIST_BATCH && first < DOMID_FIRST_RESERVED) {
		op = (struct xen_sysctl){.cmd = XEN_SYSCTL_getdomaininfolist,
					 .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
		op.u.getdomaininfolist.first_domain = first;
		op.u.getdomaininfolist.max_domains = LIST_BATCH;
		set_xen_guest_handle(op.u.getdomaininfolist.buffer, list);
		if (hypercall_sysctl(&op)) {
			keeper_log("can't list the domains");
			return;
		}
		got = op.u.getdomaininfolist.num_domains;
		for (uint32_t i = 0; i < got && i < LIST_BATCH; i++) {
			examine(&list[i]);
			first = list[i].domain + 1;
		}
	}
	for (unsigned int i = 0; i < GUESTS_MAX; i++) {
		struct guest *g = &guests[i];

		if (g->state == GUEST_NONE || g->seen)
			continue;
		if (g->state == GUEST_LIVE)
			let_go(g, 0);
		g->destroying = false;
		g->state = GUEST_NONE;
	}
}

bool domains_finish(void)
{
	bool more = false;

	for (unsigned int i = 0; i < GUESTS_MAX; i++) {
		struct guest *g = &guests[i];

		if (!g->destroying)
			continue;
		more = true;
		if (destroy(g))
			g->destroying = false;
	}
	return more;
}

unsigned int domains_init(void)
{
	domains_scan();
	return domains_left();
}
