/* SPDX-License-Identifier: MIT */
/*
 * Front door of hv/domain: domains, their vcpus and what they share with us.
 *
 * Locks: one CPU runs guests today, but every structure names its lock.
 * domain_lock (domain.c) guards the list and the life states; event channels,
 * grants and the run queue have their own.
 */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include "domain/evtchn.h"
#include "domain/grant.h"
#include "domain/sched.h"
#include "lib/list.h"
#include "lib/xenabi.h"
#include "mm/mm.h"
#include "platform/platform.h"
#include "x86/guest.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

#define DOMAIN_NAME_MAX 32
#define MAX_VCPUS 1 /* of a domain, until there is SMP */
#define NR_TRAPS 256

/* A guest's handler for one vector (set_trap_table) or callback. */
struct guest_handler {
	unsigned long ip; /* 0: none */
	u16 cs;
	u8 dpl;
	bool mask_events;
};

/* Why a vcpu doesn't run; runnable when all are clear. */
#define VCPU_BLOCKED (1u << 0)	/* SCHEDOP_block */
#define VCPU_POLLING (1u << 1)	/* SCHEDOP_poll */
#define VCPU_DOWN (1u << 2)	/* not brought up */
#define VCPU_PAUSED (1u << 3)	/* its domain is paused, shut down or dying */

struct vcpu {
	struct arch_vcpu arch;	/* saved registers, roots, segments, FPU */
	struct domain *domain;
	unsigned int id;
	struct vcpu_info *info;	/* the active one: in shared_info, or in info_page */
	void *info_page;	/* lasting mapping of info_mfn; NULL: not registered */
	mfn_t info_mfn;		/* referenced, ordinary and writable */
	unsigned int why_stopped;	/* VCPU_*; run queue's lock */
	struct sched_unit sched;

	struct guest_handler traps[NR_TRAPS];
	struct guest_handler event_callback, failsafe_callback;
	struct guest_handler sysenter_callback, syscall32_callback;
	struct guest_handler syscall_callback; /* 64-bit */
	struct mm_work work;	/* continuation of this vcpu's long operation */
	u32 work_op;		/* hypercall number + 1 the record belongs to; 0: none */

	/* time */
	struct timer singleshot;	/* VCPUOP_set_singleshot_timer, set_timer_op */
	struct timer periodic;		/* 100 Hz from the start until stopped, VIRQ 0 bound */
	u64 period_ns;			/* 0: stopped */
	struct timer poll_timer;
	evtchn_port_t polled_port;	/* of a single-port poll; 0: several or none */
	u32 virq_port[NR_VIRQS];	/* evtchn lock; 0: not bound */
	struct vcpu_runstate_info runstate;
	unsigned long runstate_gva;	/* registered area; 0: none */
	unsigned long *io_bitmap;	/* ports it uses directly, heap pages; NULL: none */

	unsigned long nr_traps[4]; /* wrap; traps, hypercalls, interrupts, bounces */
};

struct domain {
	struct mm_domain mm;
	unsigned int id;
	char name[DOMAIN_NAME_MAX];
	struct list link;	/* all domains, by id; domain_lock */
	u32 refs;		/* domain_get/put; 0 frees the struct */
	bool privileged;	/* the initial domain */
	struct vcpu *vcpus[MAX_VCPUS];
	unsigned int nr_vcpus;
	struct shared_info *shared;	/* heap page, shared with the guest */
	u32 weight;
	u32 assists;		/* 1 << VMASST_TYPE_* */

	/* life: domain_lock */
	bool shut_down;
	u8 shutdown_code;	/* SHUTDOWN_* */
	bool code_announced;	/* SCHEDOP_shutdown_code: it stands, whatever ends the domain */
	bool dying;		/* destroy has begun */
	bool crash_reported;
	unsigned int paused;	/* pause count */

	struct evtchn_table evtchns;
	struct grant_table grants;
	unsigned long ledger_before;	/* frames not the monitor's own, before its life */
	unsigned long heap_pages;	/* of the monitor's heap, held for it */
	unsigned int module;	/* boot module it was built from; 0: the initial domain */
	unsigned int rebuild;	/* ... from which it is built anew when it's gone; 0: not */
	bool relinquished;	/* dying, and nothing left but what others map */
	xen_domain_handle_t handle;
};

/* The vcpu this CPU runs (or serves a trap of); NULL while idle. */
struct vcpu *current_vcpu(void);
static inline struct domain *current_domain(void)
{
	return current_vcpu()->domain;
}

/* ---- domain.c ---- */

/**
 * Make an empty domain: structures, shared_info, one vcpu (down), event
 * channels, grant table. -ENOMEM, -EEXIST.
 */
int domain_create(unsigned int id, const char *name, unsigned long max_frames, u32 weight,
		  struct domain **out) __must_check;

/* Look up by id and take a reference; NULL if absent. DOMID_SELF: the caller's. */
struct domain *domain_get(unsigned int domid);
void domain_put(struct domain *d);
/* The domain with the lowest id >= domid, referenced; NULL if none. */
struct domain *domain_get_next(unsigned int domid);
unsigned int domain_count(void);

void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

/**
 * SCHEDOP_shutdown: stop its vcpus for good, raise VIRQ_DOM_EXC at the initial
 * domain. For the initial domain: the machine ends as the reason says.
 */
void domain_shutdown(struct domain *d, u8 reason);

/**
 * Kill one domain that broke a contract: prints the crash report once, then
 * shuts it down with SHUTDOWN_crash. Returns; the caller unwinds normally.
 */
void domain_crash(struct domain *d, const char *format, ...) __printf(2, 3);

/**
 * Take a domain apart. -ERESTART: call again; 0: it's gone, or will be when
 * the last foreign reference to its frames is dropped. -EINVAL for the initial one.
 */
int domain_destroy(struct domain *d, struct mm_work *work) __must_check;

/* Frames came to the guests' side of the ledger that no domain had: boot modules. */
void domains_ledger_add(unsigned long nr_frames);
/* So many frames are taken for a while, to be given back: 0 again. */
void domains_ledger_lend(unsigned long nr_frames);

/*
 * Forget destroyed domains whose last frame has come back, and build those anew
 * that wait for it, which takes a while and lets interrupts in. Cheap if there
 * are none. Nobody may use a domain without a reference across it.
 */
void domain_reap(void);

/* A destroyed domain that asked for a reboot: domain_reap() builds it anew, once. */
void domain_rebuild_when_gone(struct domain *d);

/* Monitor heap pages held on a domain's behalf, zeroed; NULL if there are none. */
static inline void *domain_heap_alloc(struct domain *d, unsigned int nr_pages)
{
	void *va = heap_alloc_pages(nr_pages);

	if (va)
		d->heap_pages += nr_pages;
	return va;
}

static inline void domain_heap_free(struct domain *d, void *va, unsigned int nr_pages)
{
	if (!va)
		return;
	d->heap_pages -= nr_pages;
	heap_free_pages(va, nr_pages);
}

/* End the sharing of such a page: mm/ frees it when nobody maps it any more. */
static inline void domain_unshare_page(struct domain *d, void *va)
{
	d->heap_pages--;
	mm_unshare_page(&d->mm, va);
}

/* Tell mm_audit() what the vcpus hold. */
void domain_audit_refs(audit_visit visit);

/* ---- running.c ---- */

/* Make next the running vcpu: frame, root, segments, gates, FPU. */
void vcpu_switch_to(struct vcpu *next);
/* The descriptor tables, or the debug registers, of v changed: load them if it runs. */
void vcpu_load_descriptor_tables(struct vcpu *v);
void vcpu_load_debug(struct vcpu *v);

/* ---- descriptors.c ---- */

/*
 * The descriptor of a selector in the running vcpu's mapped tables or among
 * our flat ones; false if there is none (a null selector, past the end).
 */
bool descriptor_read(u16 sel, desc_t *d) __must_check;
/*
 * Put another one there in one store, unless it is no longer old. The caller
 * answers for desc_check(); only where the guest's own descriptors are.
 */
void descriptor_exchange(u16 sel, desc_t old, desc_t d);
/*
 * A page fault in the window through which the CPU sees the guest's LDT: map
 * the page if the guest has one there. False if that isn't what it was.
 */
bool ldt_fault(struct vcpu *v, unsigned long cr2) __must_check;
/* The selector (as in an error code) whose descriptor lies at cr2; -1: none. */
int ldt_window_selector(unsigned long cr2);
/* Put the references on the LDT's pages. The caller reloads the tables. */
void ldt_drop(struct vcpu *v);

/* ---- fpu.c ---- */

/* This CPU's, once, at its start. */
void fpu_init(void);
/* A vcpu is switched in: its state is loaded at the first use. */
void fpu_switch_in(struct vcpu *v);
/* The vcpu is gone: the FPU holds nobody's state. */
void fpu_forget(const struct vcpu *v);
/* #NM: true if it was our lazy switching; false: it is the guest's. */
bool fpu_trap(struct vcpu *v) __must_check;
/* The guest's CR0.TS: fpu_taskswitch, CLTS, LMSW. */
void fpu_set_virtual_ts(struct vcpu *v, bool set);

/* ---- debugreg.c ---- */

/* Set a guest's debug register. -EINVAL: no such; -EPERM: it would watch us. */
int vcpu_set_debugreg(struct vcpu *v, unsigned long nr, unsigned long val);

/* ---- builder.c, modules.c ---- */

/* What a domain is built from. */
struct build_plan {
	const char *name, *cmdline;
	struct image kernel, ramdisk;	/* ramdisk.len_bytes 0: none */
	u64 mem_bytes;
	u32 weight;
	unsigned int module;	/* index of the boot module with its kernel; 0: initial */
	/*
	 * The ramdisk is a package of modules (package.c): the frame that is to
	 * be its page, or INVALID_MFN: a fresh one, copied. NULL: no package.
	 */
	mfn_t (*ramdisk_frame)(u64 page);
	unsigned long nr_ramdisk_frames; /* pages that have such a frame */
};

/**
 * Build one domain from a plan and start its vcpu.
 * Returns NULL, or why it is refused; then nothing of it is left.
 */
const char *domain_build(unsigned int id, const struct build_plan *plan) __must_check;


/* A domain of this boot module has rebooted and is destroyed: build it anew. */
void domain_rebuild(unsigned int module);

/* Build all domains the modules ask for; says on the console what is refused. */
void domains_build_from_modules(void);

/* ---- vcpu_info.c ---- */

/*
 * VCPUOP_register_vcpu_info: from now on the vcpu's info is at that place in a
 * frame of its domain, with what the old one held and everything pending.
 * -EINVAL: not the first time, a bad place, or a frame it can't write; -ENOMEM.
 */
long vcpu_register_info(struct vcpu *v, u64 mfn, u32 offset);
/* At its end: back to shared_info. */
void vcpu_release_info(struct vcpu *v);

/* ---- keys.c ---- */

/* Register the keys that look at domains. */
void domain_keys_init(void);

/* ---- iobitmap.c ---- */

/*
 * PHYSDEVOP_set_iobitmap: open ports below nr_ports whose bits at gva are clear.
 * -EINVAL, -EFAULT, -ENOMEM; the old bitmap stands then.
 */
long vcpu_set_io_bitmap(struct vcpu *v, unsigned long gva, u32 nr_ports);
/* The vcpu is switched in: its ports are open, and no others. */
void vcpu_load_io_bitmap(const struct vcpu *v);
/* At its end. */
void vcpu_drop_io_bitmap(struct vcpu *v);

/* ---- vcpu_time.c / runstate (with sched.c) ---- */

/* Rewrite vcpu_time_info: at creation, at switch-in, when vcpu_info moves. */
void vcpu_update_time(struct vcpu *v);

#endif
