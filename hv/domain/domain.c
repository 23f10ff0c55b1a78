/* SPDX-License-Identifier: MIT */
/*
 * A domain's life: created, run, shut down or crashed, destroyed, forgotten.
 *
 * Created empty; the builder fills it. Shut down: it never runs again but all
 * of it is still there for the initial domain to look at. Destroyed: everything
 * is taken back, tables first. Forgotten: when nobody maps a frame of it any
 * more and nobody holds a reference, the struct goes too, and the ledger must
 * balance: what was free or another domain's before its life is so after it.
 */
#include "domain/domain.h"
#include "domain/trace.h"
#include "lib/string.h"

static struct list domains = LIST_INIT(domains);
static spinlock_t domain_lock = SPINLOCK_INIT;
static unsigned int nr_zombies; /* destroyed, but with frames still mapped by others */
static unsigned long nr_lent; /* frames of guests that the builder has for a while */
static u64 rebuilds_due; /* bit n: module n, whose domain is gone */

_Static_assert(BOOT_MAX_MODULES <= 64, "rebuilds_due has a bit for each");

/* Frames that are free or some domain's; only the monitor's own are missing. */
static unsigned long frames_in_ledger(void)
{
	unsigned long sum = frames_nr_free() + nr_lent;
	struct list *pos;

	list_for_each(pos, &domains) {
		struct domain *d = list_entry(pos, struct domain, link);

		sum += d->mm.nr_frames + d->heap_pages;
	}
	return sum;
}

void domains_ledger_lend(unsigned long nr_frames)
{
	nr_lent = nr_frames;
}

void domains_ledger_add(unsigned long nr_frames)
{
	struct list *pos;

	list_for_each(pos, &domains)
		list_entry(pos, struct domain, link)->ledger_before += nr_frames;
}

#define DOMAIN_PAGES ((sizeof(struct domain) + PAGE_SIZE - 1) / PAGE_SIZE)
#define VCPU_PAGES ((sizeof(struct vcpu) + PAGE_SIZE - 1) / PAGE_SIZE)

static void insert_by_id(struct domain *d)
{
	struct list *pos;

	list_for_each(pos, &domains)
		if (list_entry(pos, struct domain, link)->id > d->id)
			break;
	list_add_before(pos, &d->link);
}

static int create_vcpu(struct domain *d)
{
	struct vcpu *v = domain_heap_alloc(d, VCPU_PAGES);

	if (!v)
		return -ENOMEM;
	v->domain = d;
	v->id = 0;
	v->info = &d->shared->vcpu_info[0];
	v->why_stopped = VCPU_DOWN;
	arch_vcpu_init(v);
	sched_vcpu_init(v, d->weight);
	vcpu_time_init(v);
	d->vcpus[0] = v;
	d->nr_vcpus = 1;
	return 0;
}

/* Undo create, in whatever state: the heap pages and the struct itself. */
static void free_domain(struct domain *d)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		domain_heap_free(d, d->vcpus[i], VCPU_PAGES);
	d->nr_vcpus = 0;
	if (d->heap_pages != DOMAIN_PAGES)
		printk("d%u: %ld heap pages were not given back", d->id,
		       (long)(d->heap_pages - DOMAIN_PAGES));
	heap_free_pages(d, DOMAIN_PAGES);
}

int domain_create(unsigned int id, const char *name, unsigned long max_frames, u32 weight,
		  struct domain **out)
{
	unsigned long before = frames_in_ledger();
	struct domain *d = heap_alloc_pages(DOMAIN_PAGES);

	if (!d)
		return -ENOMEM;
	d->heap_pages = DOMAIN_PAGES;
	d->id = id;
	d->refs = 1;
	d->privileged = id == 0;
	d->weight = weight;
	d->ledger_before = before;
	str_copy(d->name, name, sizeof(d->name));
	/* The initial domain reads it as the name; a longer one has none there. */
	if (strlen(name) < sizeof(d->handle))
		str_copy((char *)d->handle, name, sizeof(d->handle));
	mm_domain_init(&d->mm, id, max_frames);
	d->mm.maps_io = d->privileged;

	d->shared = domain_heap_alloc(d, 1);
	if (!d->shared)
		goto no_memory;
	mm_share_page(&d->mm, d->shared);
	/* ABI 1.5: no event reaches a vcpu before it asks for them. */
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	if (evtchn_table_init(d) || grant_table_init(d) || create_vcpu(d))
		goto no_memory;
	domain_write_wallclock(d);
	vcpu_update_time(d->vcpus[0]);
	insert_by_id(d);
	trace_domain(d, false);
	*out = d;
	return 0;

no_memory:
	evtchn_table_destroy(d);
	grant_table_destroy(d);
	if (d->shared)
		domain_unshare_page(d, d->shared);
	free_domain(d);
	return -ENOMEM;
}

struct domain *domain_get_next(unsigned int domid)
{
	struct list *pos;

	list_for_each(pos, &domains) {
		struct domain *d = list_entry(pos, struct domain, link);

		if (d->id >= domid) {
			d->refs++;
			return d;
		}
	}
	return NULL;
}

struct domain *domain_get(unsigned int domid)
{
	struct domain *d;

	if (domid == DOMID_SELF)
		domid = current_domain()->id;
	d = domain_get_next(domid);
	if (d && d->id != domid) {
		domain_put(d);
		return NULL;
	}
	return d;
}

void domain_put(struct domain *d)
{
	BUG_ON(!d->refs);
	d->refs--;
	if (!d->refs && d->dying)
		free_domain(d);
}

unsigned int domain_count(void)
{
	unsigned int n = 0;
	struct list *pos;

	list_for_each(pos, &domains)
		n++;
	return n;
}

static void stop_vcpus(struct domain *d)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		vcpu_stop(d->vcpus[i], VCPU_PAUSED);
}

void domain_pause(struct domain *d)
{
	if (d->paused++ == 0)
		stop_vcpus(d);
}

void domain_unpause(struct domain *d)
{
	if (--d->paused || d->shut_down || d->dying)
		return;
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		vcpu_start(d->vcpus[i], VCPU_PAUSED);
}

static const char *shutdown_name(u8 reason)
{
	static const char *const names[] = { "poweroff", "reboot", "suspend", "crash",
					     "watchdog" };

	return reason < ARRAY_SIZE(names) ? names[reason] : "unknown reason";
}

/* The initial domain is the machine's owner: its end is the machine's. */
static void machine_end(u8 reason) __noreturn;
static void machine_end(u8 reason)
{
	printk("the initial domain has shut down: %s", shutdown_name(reason));
	switch (reason) {
	case SHUTDOWN_poweroff:
		power_off();
	case SHUTDOWN_reboot:
		power_reset();
	default:
		power_after_crash();
	}
}

/* The block that every crash prints, once a domain. */
static void report_crash(struct domain *d, const char *reason)
{
	struct vcpu *v = current_vcpu();

	if (d->crash_reported || d->dying)
		return;
	d->crash_reported = true;
	printk("d%u crashed: %s", d->id, reason);
	arch_print_vcpu(v && v->domain == d ? v : d->vcpus[0]);
}

void domain_shutdown(struct domain *d, u8 reason)
{
	if (d->shut_down)
		return;
	d->shut_down = true;
	if (!d->code_announced)
		d->shutdown_code = reason;
	reason = d->shutdown_code;
	if (reason == SHUTDOWN_crash)
		report_crash(d, "it says so itself (SHUTDOWN_crash)");
	if (d->privileged)
		machine_end(reason);
	stop_vcpus(d);
	log_at(LOG_INFO, "d%u (%s) has shut down: %s", d->id, d->name, shutdown_name(reason));
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
}

void domain_crash(struct domain *d, const char *format, ...)
{
	char reason[256];
	va_list ap;

	va_start(ap, format);
	fmt_v(reason, sizeof(reason), format, ap);
	va_end(ap);
	report_crash(d, reason);
	domain_shutdown(d, SHUTDOWN_crash);
}

static int release_root(struct domain *d, mfn_t *slot, struct mm_work *work)
{
	mfn_t root = slot ? *slot : INVALID_MFN;

	if (mfn_eq(root, INVALID_MFN))
		return 0;
	*slot = INVALID_MFN;
	return table_put(&d->mm, root, work);
}

/* Drop what the vcpu holds of its domain's frames. -ERESTART: call again. */
static int release_vcpu(struct domain *d, struct vcpu *v, struct mm_work *work)
{
	int rc;

	table_abandon(&d->mm, &v->work);
	arch_vcpu_forget(v);
	ldt_drop(v);
	vcpu_release_info(v);
	vcpu_drop_io_bitmap(v);
	for (unsigned int i = 0; i < (v->arch.nr_gdt_entries + 511) / 512; i++) {
		frame_put_type(v->arch.gdt[i], &d->mm);
		frame_put(v->arch.gdt[i]);
	}
	v->arch.nr_gdt_entries = 0;
	rc = release_root(d, arch_user_root(v), work);
	return rc ? rc : release_root(d, &v->arch.root, work);
}

/* Nothing of it is left but the struct: balance the ledger and forget it. */
static void bury(struct domain *d)
{
	unsigned long after;

	list_del(&d->link);
	grant_table_destroy(d);
	domain_unshare_page(d, d->shared);
	d->shared = NULL;
	after = frames_in_ledger() + d->heap_pages;
	printk("d%u (%s) is gone: %lu frames for guests before its life, %lu after",
	       d->id, d->name, d->ledger_before, after);
	trace_domain(d, true);
	domain_put(d);
}

/* Whether anybody maps its memory, or what it shares with us. */
static bool is_mapped(const struct domain *d)
{
	return d->mm.nr_frames || mm_shared_page_in_use(d->shared) || grant_table_in_use(d);
}

/* Those whose last frame has come back, and that no handle of a mapping names. */
static void bury_zombies(void)
{
	struct list *pos, *tmp;

	list_for_each_safe(pos, tmp, &domains) {
		struct domain *d = list_entry(pos, struct domain, link);

		if (!d->relinquished || d->refs > 1 || is_mapped(d))
			continue;
		if (d->rebuild)
			rebuilds_due |= 1ULL << d->rebuild;
		nr_zombies--;
		bury(d);
	}
}

void domain_reap(void)
{
	if (unlikely(nr_zombies))
		bury_zombies();
	for (unsigned int module = 0; unlikely(rebuilds_due); module++) {
		if (!(rebuilds_due >> module & 1))
			continue;
		rebuilds_due &= ~(1ULL << module);
		domain_rebuild(module);
	}
}

void domain_rebuild_when_gone(struct domain *d)
{
	if (d->shutdown_code != SHUTDOWN_reboot || !d->module)
		return;
	d->rebuild = d->module;
	d->module = 0;
	/* Else a pair could fill the machine: one reboots, one keeps what it was. */
	if (is_mapped(d))
		printk("d%u (%s) is built anew when others let go of its memory", d->id, d->name);
}

int domain_destroy(struct domain *d, struct mm_work *work)
{
	int rc;

	if (d->privileged)
		return -EINVAL;
	if (d->relinquished)
		return 0;
	if (!d->dying) {
		spin_lock(&domain_lock);
		d->dying = true;
		spin_unlock(&domain_lock);
		stop_vcpus(d);
		for (unsigned int i = 0; i < d->nr_vcpus; i++) {
			sched_vcpu_destroy(d->vcpus[i]);
			vcpu_time_destroy(d->vcpus[i]);
		}
		evtchn_table_destroy(d);
		grant_release_mappings(d);
		d->mm.dying = true;
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		rc = release_vcpu(d, d->vcpus[i], work);
		if (rc)
			return rc;
	}
	rc = mm_relinquish(&d->mm, work);
	if (rc)
		return rc;
	d->relinquished = true;
	nr_zombies++;
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
	return 0;
}

void domain_audit_refs(audit_visit visit)
{
	struct list *pos;

	list_for_each(pos, &domains) {
		struct domain *d = list_entry(pos, struct domain, link);

		for (unsigned int i = 0; i < d->nr_vcpus; i++) {
			const struct arch_vcpu *a = &d->vcpus[i]->arch;
			const mfn_t *user_root = arch_user_root(d->vcpus[i]);

			if (d->vcpus[i]->info_page)
				visit(d->vcpus[i]->info_mfn, FT_WRITABLE);
			if (!mfn_eq(a->root, INVALID_MFN))
				visit(a->root, root_type);
			if (user_root && !mfn_eq(*user_root, INVALID_MFN))
				visit(*user_root, root_type);
			for (unsigned int p = 0; p < (a->nr_gdt_entries + 511) / 512; p++)
				visit(a->gdt[p], FT_SEGDESC);
			for (unsigned int p = 0; p < LDT_PAGES; p++)
				if (!mfn_eq(a->ldt[p], INVALID_MFN))
					visit(a->ldt[p], FT_SEGDESC);
		}
	}
}
