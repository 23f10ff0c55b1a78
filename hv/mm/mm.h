/* SPDX-License-Identifier: MIT */
/*
 * Front door of hv/mm: who owns a frame, what it may be used as, and the only
 * ways a guest's page tables change.
 *
 * mm/ sees of a domain only its struct mm_domain. It never injects a fault:
 * it returns 0 or -errno (Xen's numbers) and trap/ decides what the guest sees.
 * The states and the rules are told at the head of frame.c.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "lib/errno.h"
#include "lib/lock.h"
#include "lib/types.h"
#include "x86/arch.h"
#include "x86/decode.h"
#include "x86/desc.h"
#include "x86/pte.h"

/* What a frame is used as. One use at a time; a count for each. */
enum frame_type {
	FT_NONE,
	FT_L1,
	FT_L2,
	FT_L2X,		/* PAE: the L2 of slot 3, whose top slots are the monitor's */
	FT_L3,
	FT_L4,
	FT_SEGDESC,	/* GDT or LDT page: 512 checked descriptors */
	FT_WRITABLE,	/* mapped writable somewhere */
	NR_FRAME_TYPES,
};

/* The part of a domain that mm/ knows. Embedded in struct domain. */
struct mm_domain {
	unsigned int domid;
	/*
	 * Guards table types, tables' contents and the fields marked L. Taken by
	 * the functions below: nobody outside mm/ touches it.
	 */
	spinlock_t lock;
	unsigned long nr_frames;	/* allocated to it and not yet free; atomic */
	unsigned long max_frames;
	unsigned long low_mfn, high_mfn; /* L: all its frames lie in [low, high) */
	unsigned long relinquish_mfn;	/* L: where mm_relinquish() goes on */
	u32 release;		/* L: list of tables to take apart, by frame.link */
	bool dying;		/* no new references to its frames */
	bool maps_io;		/* may map frame_is_io() frames, and turn caches off */
};

/* One per machine frame, in the frame table; 16 bytes on 32-bit. */
struct frame {
	u32 count;	/* references; see frame.c */
	u32 type;	/* enum frame_type, flags, type references; see frame.c */
	struct mm_domain *owner;	/* NULL: free, or the monitor's own */
	u32 link;	/* on a table list: next mfn + 1. Type count 0: TLB epoch */
};

extern struct frame *const frame_table;	/* max_mfn entries; the width folder's */

static inline struct frame *frame_of(mfn_t mfn) /* no check */
{
	return &frame_table[mfn.v];
}

static inline mfn_t frame_mfn(const struct frame *f)
{
	return MFN((unsigned long)(f - frame_table));
}

/*
 * Continuation record of a long operation (one a vcpu): the references held
 * so far, on lists through frame.link. All zero: nothing held.
 */
struct mm_work {
	u32 held;	/* list of prepared tables, a type and an ordinary reference each */
	u32 single;	/* a list too: the one prepared L2X */
	u32 root;	/* mfn + 1 of the table being prepared; 0: none */
	u32 type;	/* enum frame_type it is to get */
	struct {
		u32 mfn, type;
		u32 slot;	/* next to look at */
		u32 mark;	/* head of held when the walk came here */
	} path[4];	/* from root downwards; holds no references */
	u32 depth;
	unsigned int budget;	/* entries until the next preemption point */
};

/* ---- frame.c ---- */

bool mfn_is_valid(mfn_t mfn);		/* has a struct frame and is RAM */

/* A reference to a frame of md (any owner if md is NULL); false if it isn't its. */
bool frame_get(mfn_t mfn, struct mm_domain *md) __must_check;
/* Drop it; the last one frees the frame. */
void frame_put(mfn_t mfn);

/**
 * A type reference; the caller holds an ordinary one for as long.
 * Atomic: at most one table's worth of work; a table whose children are not
 * yet typed is refused with -EAGAIN (use table_get). 0, -EBUSY (in use as
 * another type), -EINVAL (contents refused, not md's).
 * @md: the frame's owner for tables and FT_SEGDESC; not used for FT_WRITABLE.
 * Takes md->lock, but for FT_WRITABLE.
 */
int frame_get_type(mfn_t mfn, struct mm_domain *md, enum frame_type type) __must_check;
/* Drop it. A table's last: table_drain() before the guest runs. */
void frame_put_type(mfn_t mfn, struct mm_domain *md);
enum frame_type frame_type(mfn_t mfn);	/* FT_NONE when its type count is 0 */

/* ---- alloc.c ---- */

/*
 * Give md a fresh frame, zeroed, with one (allocation) reference. INVALID_MFN:
 * none left or over max_frames.
 */
mfn_t mm_alloc_frame(struct mm_domain *md);
/* Give it contiguous frames with the machine address below 2^address_bits (0: any). */
mfn_t mm_alloc_frames(struct mm_domain *md, unsigned int order, unsigned int address_bits);
/*
 * Give it a frame of RAM, with its contents, that is nobody's and not free: of
 * a boot module. -ENOMEM: over max_frames.
 */
int mm_adopt_frame(struct mm_domain *md, mfn_t mfn) __must_check;
/* Drop the allocation reference. -EINVAL if it isn't md's, or already dropped. */
int mm_release_frame(struct mm_domain *md, mfn_t mfn) __must_check;

/**
 * XENMEM_exchange, one chunk: give back the frames listed and take as many,
 * in runs of 2^order below machine address 2^address_bits (0: any), zeroed.
 * All or nothing. @out: the first frame of each run, nr_frames >> order of them.
 * -ENOMEM: no such run. -EINVAL: a frame isn't md's, or anything but its
 * allocation refers to it.
 */
struct mm_exchange {
	const mfn_t *in;
	unsigned int nr_frames, order, address_bits;
	mfn_t *out;
};
int mm_exchange_frames(struct mm_domain *md, const struct mm_exchange *x) __must_check;

/* Let md map a monitor's heap page (shared_info, grant table); takes one reference. */
void mm_share_page(struct mm_domain *md, void *va);
/* Whether anybody but the monitor refers to such a page. */
bool mm_shared_page_in_use(const void *va);
/* Withdraw it: the page is freed to the heap when the last mapping goes. */
void mm_unshare_page(struct mm_domain *md, void *va);

void mm_domain_init(struct mm_domain *md, unsigned int domid, unsigned long max_frames);

/* ---- table.c: validation, and its long form ---- */

/*
 * Long operations spend work->budget, which the caller sets to MM_WORK_BUDGET
 * before each call (or once for a batch). When it is used up they return
 * -ERESTART, having changed nothing but the record: set it again, let others
 * run, and call again with the same arguments. Each call makes progress, at
 * least one table.
 *
 * Operations that need types to have gone (gets, pins, updates) first drain
 * md->release, so that what an earlier one released is released from the
 * guest's point of view.
 */
#define MM_WORK_BUDGET 4096	/* entries */

/**
 * Take an ordinary and a type reference on a table and everything below it.
 * 0; -ERESTART; other -errno: refused, nothing held. A record that was
 * preparing something else is abandoned. Takes md->lock.
 */
int table_get(struct mm_domain *md, mfn_t mfn, enum frame_type type,
	      struct mm_work *work) __must_check;
/**
 * Drop them: done in any case. 0, or -ERESTART: md->release isn't empty yet;
 * then call table_drain() until it returns 0.
 */
int table_put(struct mm_domain *md, mfn_t mfn, struct mm_work *work) __must_check;
/*
 * Take apart what md->release holds, a table at a time. 0 or -ERESTART.
 * At the latest before the guest runs: it may reuse the frames at once.
 */
int table_drain(struct mm_domain *md, struct mm_work *work) __must_check;
/* Drop what an abandoned table_get() holds; leaves it to md->release. */
void table_abandon(struct mm_domain *md, struct mm_work *work);

/* ---- update.c: changing entries ---- */

/* Who asks: the table's owner, the domain whose frames may be mapped, the live root. */
struct pt_ctx {
	struct mm_domain *pt_owner;
	struct mm_domain *frame_owner;
	mfn_t root;		/* current root of the calling vcpu; it holds a reference */
	struct mm_work *work;	/* never NULL */
};

/**
 * MMU_NORMAL_PT_UPDATE and MMU_PT_UPDATE_PRESERVE_AD on one entry.
 * @ptr: machine address of the entry, 8-byte aligned; @val: new value.
 * Table: checked update; writable or untyped page: plain store.
 * Flags in ptr's low bits are the caller's to remove.
 * 0, -EINVAL, -EBUSY, -EPERM, -ERESTART (nothing changed yet; call again).
 * May leave work for table_drain().
 */
int pt_update(const struct pt_ctx *ctx, maddr_t ptr, u64 val, bool preserve_ad) __must_check;
/* update_va_mapping: change the L1 entry that maps gva under ctx->root. */
int pt_update_va(const struct pt_ctx *ctx, unsigned long gva, u64 val) __must_check;

/**
 * Read the L1 entry that maps gva under root, without taking references.
 * @where: its machine address if not NULL. False if no L1 covers gva.
 */
bool pt_walk(mfn_t root, unsigned long gva, pte_t *pte, maddr_t *where) __must_check;
/*
 * What the tables let an access to gva do, as the CPU sees it: PTE_P, PTE_RW and
 * PTE_US, each if every level has it; 0 if nothing is mapped.
 */
pte_t pt_rights(mfn_t root, unsigned long gva) __must_check;

/**
 * Grants: put a mapping of a frame that ctx->pt_owner doesn't own into a
 * present L1 table's entry, by gva or by the entry's machine address. The
 * references (and the writable type for PTE_RW) are taken here and belong to
 * the entry; the frame must be ctx->frame_owner's. What stood there is
 * released. @flags: a present entry's, without the frame.
 * -EINVAL, -EBUSY, -EPERM.
 */
int pt_map_foreign_va(const struct pt_ctx *ctx, unsigned long gva, mfn_t mfn,
		      u64 flags) __must_check;
int pt_map_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn, u64 flags) __must_check;
/* Clear such an entry if it still maps mfn, else -EINVAL (nothing done). */
int pt_unmap_foreign_va(const struct pt_ctx *ctx, unsigned long gva, mfn_t mfn) __must_check;
int pt_unmap_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn) __must_check;
/*
 * The same, but the entry takes over what is mapped at gva, whose own entry is
 * cleared. -EINVAL (nothing done) also if no L1 covers gva, or it maps a frame
 * that isn't the domain's own.
 */
int pt_replace_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn,
			   unsigned long gva) __must_check;

/* ---- root.c: pin, unpin, base pointer ---- */

/**
 * Pin: the table and all below are validated and stay so. -EINVAL (already
 * pinned, not md's, not a table of this width, contents), -EBUSY, -ERESTART.
 */
int mm_pin(struct mm_domain *md, mfn_t mfn, enum frame_type type,
	   struct mm_work *work) __must_check;
/* 0; -EINVAL: not pinned; -ERESTART: done, but see table_put(). */
int mm_unpin(struct mm_domain *md, mfn_t mfn, struct mm_work *work) __must_check;
/* What a root is on this width: FT_L3 or FT_L4. In ptlevels.c. */
extern const enum frame_type root_type;
/* Copy a validated root's entries in the form the hardware may see (PAE: 4). */
void root_read_shadow(mfn_t root, pte_t *shadow);

/* ---- ptwrite.c: plain stores to read-only tables ---- */

enum ptwrite { PTWRITE_NOT_TABLE, PTWRITE_DONE, PTWRITE_REFUSED };
/* Whether gva maps an L1 table of md's, read-only, in that live root. */
bool mm_is_own_table(struct mm_domain *md, mfn_t root, unsigned long gva) __must_check;
/**
 * Emulate a guest kernel's store to an L1 table mapped at gva.
 * @insn: decoded, with a memory operand at gva; @gprs, @flags: updated.
 * NOT_TABLE: the fault is the guest's own; REFUSED: also, after a debug line.
 */
enum ptwrite mm_ptwrite(const struct pt_ctx *ctx, unsigned long gva, const struct insn *insn,
			struct insn_gprs *gprs, unsigned long *flags) __must_check;

/* ---- descpage.c ---- */

/* What this width's guests may have; in ptlevels.c. */
extern const struct desc_rules guest_desc_rules;
/* update_descriptor: maddr 8-byte aligned, in a descriptor page or a plain one. */
int mm_update_descriptor(struct mm_domain *md, maddr_t where, desc_t d) __must_check;

/* ---- copy.c: the only ways to guest memory, in the current address space ---- */

/* 0 or -EFAULT; a range that isn't wholly the guest's fails before any access. */
int copy_from_guest(void *dst, unsigned long gva, size_t n) __must_check;
int copy_to_guest(unsigned long gva, const void *src, size_t n) __must_check;

/* ---- tlb.c ---- */

/* Some translation may be stale: flush before the guest or a copy runs. */
void tlb_flush_later(void);
/* Called on the way out to a guest and before guest copies: flush if asked to. */
void tlb_flush_if_needed(void);
void tlb_flush_now(void);

/* ---- m2p.c ---- */

/* The writable view of the table: max_mfn entries, all ones at start; the width folder's. */
extern unsigned long *const m2p_table;
/* M2P[mfn] = pfn, mfn < max_mfn; INVALID_PFN when the frame leaves. */
void m2p_set(mfn_t mfn, pfn_t pfn);
pfn_t m2p_get(mfn_t mfn);

/* ---- relinquish.c: a dying domain ---- */

/**
 * Take back everything that md's own page tables, pins and allocation hold.
 * Sets md->dying. Roots and descriptor pages of its vcpus must have been put,
 * their records abandoned, and nothing of md must run, before.
 * 0 when done, -ERESTART to be called again. md->nr_frames is 0 afterwards
 * unless other domains still map some of its frames.
 */
int mm_relinquish(struct mm_domain *md, struct mm_work *work) __must_check;

/* ---- census.c ---- */

struct mm_census {
	unsigned long nr_owned;		/* frames that are domains' own */
	unsigned long nr_shared;	/* of the monitor's heap, which a domain may map */
	unsigned long nr_pinned;
	unsigned long nr_of_type[NR_FRAME_TYPES]; /* of the owned ones, by present use */
};
/* Look at every frame there is. */
void mm_census(struct mm_census *c);
const char *frame_type_name(enum frame_type type);

/* ---- audit.c ---- */

/**
 * Recount every reference of every domain's frames from scratch and compare.
 * @extern_refs: tells the references that vcpus and the builder hold, through visit.
 * Returns the number of differences; each is printed. For tests and a key.
 */
typedef void (*audit_visit)(mfn_t mfn, enum frame_type type);
unsigned int mm_audit(void (*extern_refs)(audit_visit visit));

#endif
