/* SPDX-License-Identifier: MIT */
/*
 * SOURCES: hv/domain/grant.c hv/domain/grant_map.c hv/domain/grant_copy.c
 *
 * Grants between three domains whose tables change under our eyes: who may map
 * what, what the owner is told, and that every pin and reference comes back.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "domain/domain.h"
#include "harness.h"

#define NR_DOMAINS 3
#define NR_FRAMES 12	/* of the machine, PER_DOMAIN each */
#define PER_DOMAIN 4
#define NR_ENTRIES 8	/* page-table entries of a domain */
#define NR_REFS 6	/* grants that the tests use */
#define TABLE_MADDR 0x100000ULL

/* ---- a machine, as small as grants need it ---- */

static struct domain doms[NR_DOMAINS];
static struct vcpu vcpus[NR_DOMAINS];
static bool gone[NR_DOMAINS];
static int dom_refs[NR_DOMAINS];
static struct {
	int refs, writers;
	bool is_table;	/* refuses to become writable */
	u8 bytes[PAGE_SIZE];
} frames[NR_FRAMES];
static pte_t tables[NR_DOMAINS][NR_ENTRIES];
static unsigned int running, nr_heap_pages, heap_left, nr_shared;
static xen_pfn_t told_frames[16];
static unsigned int told_bytes;
static bool list_unmapped;

struct vcpu *current_vcpu(void)
{
	return &vcpus[running];
}

struct domain *domain_get(unsigned int domid)
{
	if (domid >= NR_DOMAINS || gone[domid])
		return NULL;
	dom_refs[domid]++;
	return &doms[domid];
}

void domain_put(struct domain *d)
{
	dom_refs[d->id]--;
	ck_assert_int_ge(dom_refs[d->id], 0);
}

void *heap_alloc_pages(unsigned int nr)
{
	if (heap_left < nr)
		return NULL;
	heap_left -= nr;
	nr_heap_pages += nr;
	return calloc(nr, PAGE_SIZE);
}

void heap_free_pages(void *va, unsigned int nr)
{
	heap_left += nr;
	nr_heap_pages -= nr;
	free(va);
}

void mm_share_page(struct mm_domain *md, void *va)
{
	(void)md;
	(void)va;
	nr_shared++;
}

void mm_unshare_page(struct mm_domain *md, void *va)
{
	(void)md;
	nr_shared--;
	heap_free_pages(va, 1);
}

u64 directmap_maddr(const void *va)
{
	return (u64)(uintptr_t)va & ~0xfffULL;
}

int copy_to_guest(unsigned long gva, const void *src, size_t n)
{
	(void)gva;
	if (list_unmapped)
		return -EFAULT;
	ck_assert_uint_le(n, sizeof(told_frames));
	memcpy(told_frames, src, n);
	told_bytes = n;
	return 0;
}

void log_at(enum loglvl level, const char *format, ...)
{
	(void)level;
	(void)format;
}

bool mfn_is_valid(mfn_t mfn)
{
	return mfn.v < NR_FRAMES;
}

bool frame_get(mfn_t mfn, struct mm_domain *md)
{
	if (mfn.v >= NR_FRAMES || mfn.v / PER_DOMAIN != md->domid || md->dying)
		return false;
	frames[mfn.v].refs++;
	return true;
}

void frame_put(mfn_t mfn)
{
	frames[mfn.v].refs--;
	ck_assert_int_ge(frames[mfn.v].refs, 0);
}

int frame_get_type(mfn_t mfn, struct mm_domain *md, enum frame_type type)
{
	(void)md;
	ck_assert_int_eq(type, FT_WRITABLE);
	if (frames[mfn.v].is_table)
		return -EBUSY;
	frames[mfn.v].writers++;
	return 0;
}

void frame_put_type(mfn_t mfn, struct mm_domain *md)
{
	(void)md;
	frames[mfn.v].writers--;
	ck_assert_int_ge(frames[mfn.v].writers, 0);
}

/* Linear address n * 4096 is mapped by entry n, of the root that is its domain's number. */
bool pt_walk(mfn_t root, unsigned long gva, pte_t *pte, maddr_t *where)
{
	unsigned long slot = gva / PAGE_SIZE;

	if (slot >= NR_ENTRIES)
		return false;
	*pte = tables[root.v][slot];
	*where = MADDR(TABLE_MADDR + root.v * PAGE_SIZE + slot * sizeof(pte_t));
	return true;
}

static pte_t *entry_at(const struct pt_ctx *ctx, maddr_t ptr)
{
	u64 off = ptr.v - TABLE_MADDR - ctx->pt_owner->domid * PAGE_SIZE;

	if (ptr.v < TABLE_MADDR || off >= sizeof(tables[0]) || off % sizeof(pte_t))
		return NULL;
	return &tables[ctx->pt_owner->domid][off / sizeof(pte_t)];
}

static void drop_entry(pte_t *e)
{
	mfn_t mfn = pte_mfn(*e);

	if (!(*e & PTE_P))
		return;
	if (*e & PTE_RW)
		frame_put_type(mfn, NULL);
	frame_put(mfn);
	*e = 0;
}

int pt_map_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn, u64 flags)
{
	pte_t *e = entry_at(ctx, ptr);

	if (!e || !frame_get(mfn, ctx->frame_owner))
		return -EINVAL;
	if ((flags & PTE_RW) && frame_get_type(mfn, ctx->frame_owner, FT_WRITABLE)) {
		frame_put(mfn);
		return -EBUSY;
	}
	drop_entry(e);
	*e = pte_make(mfn, flags);
	return 0;
}

int pt_unmap_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn)
{
	pte_t *e = entry_at(ctx, ptr);

	if (!e || !(*e & PTE_P) || !mfn_eq(pte_mfn(*e), mfn))
		return -EINVAL;
	drop_entry(e);
	return 0;
}

void *arch_map_frame(mfn_t mfn)
{
	return frames[mfn.v].bytes;
}

void arch_unmap_frame(const void *va)
{
	(void)va;
}

static void setup(void)
{
	memset(doms, 0, sizeof(doms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(gone, 0, sizeof(gone));
	memset(dom_refs, 0, sizeof(dom_refs));
	memset(frames, 0, sizeof(frames));
	memset(tables, 0, sizeof(tables));
	nr_heap_pages = nr_shared = 0;
	heap_left = 1000;
	list_unmapped = false;
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		doms[i].id = doms[i].mm.domid = i;
		doms[i].privileged = i == 0;
		vcpus[i].domain = &doms[i];
		vcpus[i].arch.root = MFN(i);
		ck_assert_int_eq(grant_table_init(&doms[i]), 0);
	}
}

/* All domains end: nothing must be left over. */
static void teardown(void)
{
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		grant_release_mappings(&doms[i]);
		for (unsigned int e = 0; e < NR_ENTRIES; e++)
			drop_entry(&tables[i][e]);
	}
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		grant_table_destroy(&doms[i]);
		ck_assert_int_eq(dom_refs[i], 0);
	}
	for (unsigned int i = 0; i < NR_FRAMES; i++) {
		ck_assert_int_eq(frames[i].refs, 0);
		ck_assert_int_eq(frames[i].writers, 0);
	}
	ck_assert_uint_eq(nr_heap_pages, 0);
	ck_assert_uint_eq(nr_shared, 0);
}

/* ---- helpers ---- */

static grant_entry_v1_t *entry(unsigned int d, u32 ref)
{
	return &doms[d].grants.frames[0][ref];
}

static u16 flags(unsigned int d, u32 ref)
{
	return entry(d, ref)->flags;
}

static void grant(unsigned int d, u32 ref, unsigned int to, u32 frame, u16 more)
{
	*entry(d, ref) = (grant_entry_v1_t){ .flags = GTF_permit_access | more,
					     .domid = (domid_t)to, .frame = frame };
}

static u64 pte_addr(unsigned int d, unsigned int slot)
{
	return TABLE_MADDR + d * PAGE_SIZE + slot * sizeof(pte_t);
}

/* Domain d maps ref of dom at slot; the handle, or GNTST_*. */
static long map_flags(unsigned int d, domid_t dom, u32 ref, unsigned int slot, u32 f)
{
	struct gnttab_map_grant_ref op = { .flags = f, .ref = ref, .dom = dom };

	op.host_addr = f & GNTMAP_contains_pte ? pte_addr(d, slot) : slot * PAGE_SIZE;
	running = d;
	grant_map(&doms[d], &op);
	if (op.status)
		return op.status;
	ck_assert_uint_eq(op.dev_bus_addr >> PAGE_SHIFT, pte_mfn(tables[d][slot]).v);
	return (long)op.handle;
}

static long map(unsigned int d, domid_t dom, u32 ref, unsigned int slot)
{
	return map_flags(d, dom, ref, slot, GNTMAP_host_map);
}

static int unmap_at(unsigned int d, long handle, u64 host_addr)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = host_addr,
					     .handle = (grant_handle_t)handle };

	running = d;
	grant_unmap(&doms[d], &op);
	return op.status;
}

static int unmap(unsigned int d, long handle, unsigned int slot)
{
	return unmap_at(d, handle, slot * PAGE_SIZE);
}

/* ---- the rules, one by one ---- */

START_TEST(mapping_tells_the_owner_and_unmapping_takes_it_back)
{
	long rw, ro;

	grant(1, 3, 0, 5, 0);
	rw = map(0, 1, 3, 2);
	ck_assert_int_ge(rw, 0);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_reading | GTF_writing);
	ck_assert_uint_eq(pte_mfn(tables[0][2]).v, 5);
	ck_assert(tables[0][2] & PTE_RW);
	ro = map_flags(0, 1, 3, 3, GNTMAP_host_map | GNTMAP_readonly);
	ck_assert_int_ge(ro, 0);
	ck_assert(!(tables[0][3] & PTE_RW));
	ck_assert_int_eq(unmap(0, rw, 2), GNTST_okay);
	ck_assert_uint_eq(tables[0][2], 0);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_reading);
	ck_assert_int_eq(unmap(0, ro, 3), GNTST_okay);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	ck_assert_int_eq(unmap(0, ro, 3), GNTST_bad_handle);
}
END_TEST

START_TEST(only_who_was_named_may_map)
{
	grant(1, 3, 0, 5, 0);
	ck_assert_int_eq(map(2, 1, 3, 0), GNTST_general_error);
	ck_assert_int_eq(map(0, 2, 3, 0), GNTST_bad_gntref);
	ck_assert_int_eq(map(0, 9, 3, 0), GNTST_bad_domain);
	ck_assert_int_eq(map(0, DOMID_SELF, 3, 0), GNTST_bad_domain);
	ck_assert_int_eq(map(0, 1, 4, 0), GNTST_bad_gntref);
	ck_assert_int_eq(map(0, 1, GRANTS_PER_FRAME, 0), GNTST_bad_gntref);
	ck_assert_int_eq(map(0, 1, 0xffffffff, 0), GNTST_bad_gntref);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	ck_assert_uint_eq(tables[0][0], 0);
}
END_TEST

START_TEST(readonly_stays_readonly)
{
	grant(1, 3, 0, 5, GTF_readonly);
	ck_assert_int_eq(map(0, 1, 3, 0), GNTST_general_error);
	ck_assert_int_ge(map_flags(0, 1, 3, 0, GNTMAP_host_map | GNTMAP_readonly), 0);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_readonly | GTF_reading);
}
END_TEST

START_TEST(other_types_are_refused)
{
	static const u16 types[] = { GTF_invalid, GTF_accept_transfer, GTF_transitive };

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		grant(1, 3, 0, 5, 0);
		entry(1, 3)->flags = types[i];
		ck_assert_int_eq(map(0, 1, 3, 0), GNTST_bad_gntref);
		ck_assert_uint_eq(flags(1, 3), types[i]);
	}
}
END_TEST

START_TEST(one_can_grant_only_ones_own_frames)
{
	static const u32 not_its_own[] = { 0, 9, NR_FRAMES, 0xffffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(not_its_own); i++) {
		grant(1, 3, 0, not_its_own[i], 0);
		ck_assert_int_eq(map(0, 1, 3, 0), GNTST_bad_page);
		ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	}
	/* A page table isn't to be had writable. */
	frames[6].is_table = true;
	grant(1, 3, 0, 6, 0);
	ck_assert_int_eq(map(0, 1, 3, 0), GNTST_general_error);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	ck_assert_int_ge(map_flags(0, 1, 3, 0, GNTMAP_host_map | GNTMAP_readonly), 0);
}
END_TEST

START_TEST(flags_reach_the_entry)
{
	u32 f = GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte |
		(1u << _GNTMAP_guest_avail0);
	long h;

	grant(1, 3, 0, 5, 0);
	h = map_flags(0, 1, 3, 4, f);
	ck_assert_int_ge(h, 0);
	ck_assert_uint_eq(tables[0][4] & (PTE_US | PTE_RW | PTE_AVAIL), PTE_US | PTE_RW | (1 << 9));
	ck_assert_int_eq(unmap(0, h, 4), GNTST_bad_virt_addr);
	ck_assert_int_eq(unmap_at(0, h, pte_addr(0, 4)), GNTST_okay);
	ck_assert_int_eq(map_flags(0, 1, 3, 4, GNTMAP_device_map), GNTST_general_error);
	ck_assert_int_eq(map_flags(0, 1, 3, 4, GNTMAP_host_map | GNTMAP_device_map),
			 GNTST_general_error);
	ck_assert_int_eq(map_flags(0, 1, 3, 4, GNTMAP_host_map | 1 << 7), GNTST_general_error);
	ck_assert_int_eq(map_flags(0, 1, 3, 4, 0), GNTST_general_error);
	ck_assert_int_eq(map(0, 1, 3, NR_ENTRIES), GNTST_bad_virt_addr);
	/* Bits above the address space aren't cut off. */
	struct gnttab_map_grant_ref op = { .host_addr = 1ULL << 32, .flags = GNTMAP_host_map,
					   .ref = 3, .dom = 1 };
	grant_map(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_virt_addr);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(a_pin_is_no_licence_for_another_frame)
{
	long h;

	grant(1, 3, 0, 5, 0);
	h = map(0, 1, 3, 0);
	entry(1, 3)->frame = 6;
	ck_assert_int_eq(map(0, 1, 3, 1), GNTST_general_error);
	ck_assert_uint_eq(pte_mfn(tables[0][0]).v, 5);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_reading | GTF_writing);
	/* Nor for what has been withdrawn, or given to another. */
	entry(1, 3)->frame = 5;
	entry(1, 3)->flags = 0;
	ck_assert_int_eq(map(0, 1, 3, 1), GNTST_bad_gntref);
	grant(1, 3, 2, 5, 0);
	ck_assert_int_eq(map(2, 1, 3, 1), GNTST_general_error);
	ck_assert_int_eq(unmap(0, h, 0), GNTST_okay);
	ck_assert_int_eq(flags(1, 3), GTF_permit_access);
	ck_assert_int_ge(map(2, 1, 3, 1), 0);
}
END_TEST

START_TEST(unmap_finds_its_entry_from_another_address_space)
{
	long h;

	grant(1, 3, 0, 5, 0);
	h = map(0, 1, 3, 2);
	vcpus[0].arch.root = MFN(2); /* where linear address 2 is something else */
	ck_assert_int_eq(unmap(0, h, 2), GNTST_okay);
	ck_assert_uint_eq(tables[0][2], 0);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(a_replaced_entry_is_left_alone)
{
	long h;

	grant(1, 3, 0, 5, 0);
	h = map(0, 1, 3, 2);
	drop_entry(&tables[0][2]);
	ck_assert(frame_get(MFN(1), &doms[0].mm));
	tables[0][2] = pte_make(MFN(1), PTE_P);
	ck_assert_int_eq(unmap(0, h, 2), GNTST_okay);
	ck_assert_uint_eq(pte_mfn(tables[0][2]).v, 1);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
}
END_TEST

START_TEST(mappings_outlive_their_granter)
{
	long h;

	grant(1, 3, 0, 5, 0);
	h = map(0, 1, 3, 2);
	doms[1].dying = doms[1].mm.dying = true;
	ck_assert_int_eq(map(0, 1, 3, 4), GNTST_bad_page);
	grant_release_mappings(&doms[1]);
	grant_table_destroy(&doms[1]);
	gone[1] = true;
	ck_assert_int_eq(dom_refs[1], 1);
	ck_assert_int_eq(frames[5].refs, 1);
	ck_assert_int_eq(map(0, 1, 3, 4), GNTST_bad_domain);
	ck_assert_int_eq(unmap(0, h, 2), GNTST_okay);
	ck_assert_int_eq(dom_refs[1], 0);
	ck_assert_int_eq(frames[5].refs, 0);
}
END_TEST

START_TEST(a_dying_mapper_drops_its_pins)
{
	grant(1, 3, 0, 5, 0);
	ck_assert_int_ge(map(0, 1, 3, 2), 0);
	ck_assert_int_ge(map(0, 1, 3, 3), 0);
	grant_release_mappings(&doms[0]);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	ck_assert_int_eq(dom_refs[1], 0);
	ck_assert_int_eq(unmap(0, 0, 2), GNTST_bad_handle);
}
END_TEST

START_TEST(handles_run_out_and_come_back)
{
	u32 max = GRANT_MAPTRACK_PAGES * GRANT_MAPTRACK_PER_PAGE, n = 0;
	long h;

	grant(1, 3, 0, 5, 0);
	while ((h = map_flags(0, 1, 3, 2, GNTMAP_host_map | GNTMAP_readonly)) >= 0)
		ck_assert_int_eq(h, n++);
	ck_assert_int_eq(h, GNTST_no_space);
	ck_assert_uint_eq(n, max);
	ck_assert_int_eq(unmap(0, 77, 2), GNTST_okay);
	ck_assert_int_eq(map(0, 1, 3, 2), 77);
	ck_assert_int_eq(unmap(0, max, 2), GNTST_bad_handle);
	ck_assert_int_eq(unmap(0, -1, 2), GNTST_bad_handle);
}
END_TEST

START_TEST(no_memory_is_said)
{
	grant(1, 3, 0, 5, 0);
	heap_left = 0;
	ck_assert_int_eq(map(0, 1, 3, 2), GNTST_no_space);
	heap_left = 1; /* handles, and then no pins */
	ck_assert_int_eq(map(0, 1, 3, 2), GNTST_no_space);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access);
	heap_left = 1000;
	ck_assert_int_eq(map(0, 1, 3, 2), 0);
}
END_TEST

START_TEST(setup_table_grows_and_tells_the_frames)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 3 };
	struct gnttab_query_size size = { .dom = DOMID_SELF };

	ck_assert_int_eq(grant_setup_table(&doms[1], &op), 0);
	ck_assert_int_eq(op.status, GNTST_okay);
	ck_assert_uint_eq(told_bytes, 3 * sizeof(xen_pfn_t));
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_eq(told_frames[i], va_to_mfn(doms[1].grants.frames[i]).v);
	ck_assert_int_eq(grant_query_size(&doms[1], &size), 0);
	ck_assert_uint_eq(size.nr_frames, 3);
	ck_assert_uint_eq(size.max_nr_frames, GRANT_MAX_FRAMES);
	op.nr_frames = GRANT_MAX_FRAMES + 1;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_general_error);
	op.nr_frames = 1;
	op.dom = 2;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_permission_denied);
	grant_setup_table(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_okay);
	op.dom = 17;
	grant_setup_table(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_domain);
	op.dom = DOMID_SELF;
	list_unmapped = true;
	grant_setup_table(&doms[1], &op);
	ck_assert_int_eq(op.status, GNTST_bad_virt_addr);
	/* The new frames' entries work. */
	doms[1].grants.frames[2][7] = (grant_entry_v1_t){ .flags = GTF_permit_access, .frame = 5 };
	ck_assert_int_ge(map(0, 1, 2 * GRANTS_PER_FRAME + 7, 0), 0);
}
END_TEST

START_TEST(the_builders_grants_are_for_the_initial_domain)
{
	grant_set_entry(&doms[1], 0, 0, MFN(4));
	ck_assert_int_ge(map(0, 1, 0, 0), 0);
	ck_assert_int_eq(map(2, 1, 0, 0), GNTST_general_error);
}
END_TEST

START_TEST(copy_between_frames)
{
	struct gnttab_copy op = { .source = { .u.ref = 3, .domid = 1, .offset = 100 },
				  .dest = { .u.gmfn = 2, .domid = DOMID_SELF, .offset = 4000 },
				  .len = 96, .flags = GNTCOPY_source_gref };

	grant(1, 3, 0, 5, GTF_readonly);
	memset(frames[5].bytes, 0x5a, PAGE_SIZE);
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_okay);
	ck_assert_uint_eq(frames[2].bytes[4000], 0x5a);
	ck_assert_uint_eq(frames[2].bytes[4095], 0x5a);
	ck_assert_uint_eq(frames[2].bytes[3999], 0);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_readonly);
	op.len = 97;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_copy_arg);
	op.len = 1;
	op.dest.u.gmfn = 5; /* another's frame by its number */
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_page);
	op.dest.domid = 1;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_permission_denied);
	op.dest = (struct gnttab_copy_ptr){ .u.ref = 3, .domid = 1 };
	op.flags |= GNTCOPY_dest_gref;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_general_error); /* granted read-only */
	op.dest = (struct gnttab_copy_ptr){ .u.gmfn = 2, .domid = DOMID_SELF };
	op.flags = GNTCOPY_source_gref;
	frames[2].is_table = true;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_page);
	op.source.domid = 77;
	grant_copy(&doms[0], &op);
	ck_assert_int_eq(op.status, GNTST_bad_domain);
	ck_assert_uint_eq(flags(1, 3), GTF_permit_access | GTF_readonly);
}
END_TEST

/* ---- random operations on hostile tables ---- */

/* What a live handle should stand for. */
static struct {
	bool live;
	unsigned int slot, dom, frame;
	u32 ref;
	bool write;
} handles[NR_DOMAINS][64];

static void step_map(unsigned int d, uint64_t *rng)
{
	unsigned int dom = unit_random_below(rng, NR_DOMAINS), slot = unit_random_below(rng, NR_ENTRIES);
	bool write = unit_random_below(rng, 2);
	u32 ref = unit_random_below(rng, NR_REFS);
	grant_entry_v1_t e = *entry(dom, ref);
	long h = map_flags(d, (domid_t)dom, ref, slot,
			   GNTMAP_host_map | (write ? 0 : GNTMAP_readonly) |
				   (unit_random_below(rng, 2) ? GNTMAP_contains_pte : 0));

	if (h < 0)
		return;
	/* Whatever else: what is mapped was granted, to us, that way, and the granter's. */
	ck_assert_uint_eq(e.flags & GTF_type_mask, GTF_permit_access);
	ck_assert_uint_eq(e.domid, d);
	ck_assert(!write || !(e.flags & GTF_readonly));
	ck_assert_uint_eq(e.frame / PER_DOMAIN, dom);
	ck_assert_uint_eq(pte_mfn(tables[d][slot]).v, e.frame);
	ck_assert_int_lt(h, 64);
	ck_assert(!handles[d][h].live);
	handles[d][h].live = true;
	handles[d][h].slot = slot;
	handles[d][h].dom = dom;
	handles[d][h].frame = e.frame;
	handles[d][h].ref = ref;
	handles[d][h].write = write;
}

static void step_unmap(unsigned int d, uint64_t *rng)
{
	long h = unit_random_below(rng, 20);
	unsigned int slot = handles[d][h].slot;
	int by_va = unmap(d, h, slot), status = by_va;

	if (by_va == GNTST_bad_virt_addr)
		status = unmap_at(d, h, pte_addr(d, slot));
	ck_assert_int_eq(status, handles[d][h].live ? GNTST_okay : GNTST_bad_handle);
	if (handles[d][h].live)
		ck_assert(!(tables[d][slot] & PTE_P) ||
			  pte_mfn(tables[d][slot]).v != handles[d][h].frame);
	handles[d][h].live = false;
}

static void step_scribble(unsigned int d, uint64_t *rng)
{
	u32 ref = unit_random_below(rng, NR_REFS);

	switch (unit_random_below(rng, 4)) {
	case 0:
		entry(d, ref)->flags = (u16)unit_random(rng);
		break;
	case 1:
		entry(d, ref)->domid = (u16)unit_random_below(rng, NR_DOMAINS + 1);
		break;
	case 2:
		entry(d, ref)->frame = unit_random_below(rng, NR_FRAMES + 2);
		break;
	default:
		grant(d, ref, unit_random_below(rng, NR_DOMAINS),
		      d * PER_DOMAIN + unit_random_below(rng, PER_DOMAIN),
		      unit_random_below(rng, 2) ? GTF_readonly : 0);
	}
}

/* Recount all pins and references from the handles and entries. */
static void recount(void)
{
	unsigned int readers[NR_DOMAINS][NR_REFS] = { 0 }, writers[NR_DOMAINS][NR_REFS] = { 0 };
	int refs[NR_FRAMES] = { 0 }, doms_held[NR_DOMAINS] = { 0 };

	for (unsigned int d = 0; d < NR_DOMAINS; d++) {
		for (unsigned int h = 0; h < 64; h++) {
			if (!handles[d][h].live)
				continue;
			doms_held[handles[d][h].dom]++;
			if (handles[d][h].write)
				writers[handles[d][h].dom][handles[d][h].ref]++;
			else
				readers[handles[d][h].dom][handles[d][h].ref]++;
		}
		for (unsigned int e = 0; e < NR_ENTRIES; e++)
			if (tables[d][e] & PTE_P)
				refs[pte_mfn(tables[d][e]).v]++;
	}
	for (unsigned int d = 0; d < NR_DOMAINS; d++) {
		const struct grant_pin *pins = doms[d].grants.pins[0];

		ck_assert_int_eq(dom_refs[d], doms_held[d]);
		for (unsigned int r = 0; pins && r < NR_REFS; r++) {
			ck_assert_uint_eq(pins[r].readers, readers[d][r]);
			ck_assert_uint_eq(pins[r].writers, writers[d][r]);
		}
	}
	for (unsigned int i = 0; i < NR_FRAMES; i++)
		ck_assert_int_eq(frames[i].refs, refs[i]);
}

START_TEST(random_operations_on_hostile_tables)
{
	uint64_t rng = unit_seed();

	memset(handles, 0, sizeof(handles));
	for (unsigned int i = 0; i < 40000; i++) {
		unsigned int d = unit_random_below(&rng, NR_DOMAINS);

		switch (unit_random_below(&rng, 8)) {
		case 0:
		case 1:
		case 2:
			step_map(d, &rng);
			break;
		case 3:
		case 4:
		case 5:
			step_unmap(d, &rng);
			break;
		case 6:
			step_scribble(d, &rng);
			break;
		default: /* the guest changes an entry of its own */
			drop_entry(&tables[d][unit_random_below(&rng, NR_ENTRIES)]);
		}
		recount();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant");
	TCase *tc = tcase_create("rules"), *rnd = tcase_create("random");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mapping_tells_the_owner_and_unmapping_takes_it_back);
	tcase_add_test(tc, only_who_was_named_may_map);
	tcase_add_test(tc, readonly_stays_readonly);
	tcase_add_test(tc, other_types_are_refused);
	tcase_add_test(tc, one_can_grant_only_ones_own_frames);
	tcase_add_test(tc, flags_reach_the_entry);
	tcase_add_test(tc, a_pin_is_no_licence_for_another_frame);
	tcase_add_test(tc, unmap_finds_its_entry_from_another_address_space);
	tcase_add_test(tc, a_replaced_entry_is_left_alone);
	tcase_add_test(tc, mappings_outlive_their_granter);
	tcase_add_test(tc, a_dying_mapper_drops_its_pins);
	tcase_add_test(tc, handles_run_out_and_come_back);
	tcase_add_test(tc, no_memory_is_said);
	tcase_add_test(tc, setup_table_grows_and_tells_the_frames);
	tcase_add_test(tc, the_builders_grants_are_for_the_initial_domain);
	tcase_add_test(tc, copy_between_frames);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(rnd, setup, teardown);
	tcase_set_timeout(rnd, 60);
	tcase_add_test(rnd, random_operations_on_hostile_tables);
	suite_add_tcase(suite, rnd);
	return unit_run(suite);
}
