/* SPDX-License-Identifier: MIT */
/*
 * A machine as small as grants need it: frames, page-table entries, domains;
 * for the tests test_grant.c and test_grant_random.c. See grant_machine.h.
 */
#include "grant_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

struct domain doms[NR_DOMAINS];
struct vcpu vcpus[NR_DOMAINS];
bool gone[NR_DOMAINS];
int dom_refs[NR_DOMAINS];
struct test_frame frames[NR_FRAMES];
pte_t tables[NR_DOMAINS][NR_ENTRIES];
unsigned int running, nr_heap_pages, heap_left, nr_shared;
xen_pfn_t told_frames[GRANT_MAX_FRAMES];
unsigned int told_bytes;
bool list_unmapped;

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

bool mm_shared_page_in_use(const void *va)
{
	(void)va;
	return false;
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

pte_t *entry_at(const struct pt_ctx *ctx, maddr_t ptr)
{
	u64 off = ptr.v - TABLE_MADDR - ctx->pt_owner->domid * PAGE_SIZE;

	if (ptr.v < TABLE_MADDR || off >= sizeof(tables[0]) || off % sizeof(pte_t))
		return NULL;
	return &tables[ctx->pt_owner->domid][off / sizeof(pte_t)];
}

void slot_drop(pte_t *e)
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
	slot_drop(e);
	*e = pte_make(mfn, flags);
	return 0;
}

int pt_unmap_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn)
{
	pte_t *e = entry_at(ctx, ptr);

	if (!e || !(*e & PTE_P) || !mfn_eq(pte_mfn(*e), mfn))
		return -EINVAL;
	slot_drop(e);
	return 0;
}

int pt_replace_foreign_pte(const struct pt_ctx *ctx, maddr_t ptr, mfn_t mfn, unsigned long gva)
{
	unsigned int d = ctx->pt_owner->domid;
	pte_t *e = entry_at(ctx, ptr), *from;

	if (!e || gva / PAGE_SIZE >= NR_ENTRIES || !(*e & PTE_P) || !mfn_eq(pte_mfn(*e), mfn))
		return -EINVAL;
	from = &tables[d][gva / PAGE_SIZE];
	if (from == e || ((*from & PTE_P) && pte_mfn(*from).v / PER_DOMAIN != d))
		return -EINVAL;
	slot_drop(e);
	*e = *from;
	*from = 0;
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

void machine_setup(void)
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
void machine_teardown(void)
{
	for (unsigned int i = 0; i < NR_DOMAINS; i++) {
		grant_release_mappings(&doms[i]);
		for (unsigned int e = 0; e < NR_ENTRIES; e++)
			slot_drop(&tables[i][e]);
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

grant_entry_v1_t *grant_entry(unsigned int d, u32 ref)
{
	return &doms[d].grants.frames[0][ref];
}

u16 grant_flags(unsigned int d, u32 ref)
{
	return grant_entry(d, ref)->flags;
}

void grant_to(unsigned int d, u32 ref, unsigned int to, u32 frame, u16 more)
{
	*grant_entry(d, ref) = (grant_entry_v1_t){ .flags = GTF_permit_access | more,
					     .domid = (domid_t)to, .frame = frame };
}

u64 slot_maddr(unsigned int d, unsigned int slot)
{
	return TABLE_MADDR + d * PAGE_SIZE + slot * sizeof(pte_t);
}

/* Domain d maps ref of dom at slot; the handle, or GNTST_*. */
long slot_map_flags(unsigned int d, domid_t dom, u32 ref, unsigned int slot, u32 f)
{
	struct gnttab_map_grant_ref op = { .flags = f, .ref = ref, .dom = dom };

	op.host_addr = f & GNTMAP_contains_pte ? slot_maddr(d, slot) : slot * PAGE_SIZE;
	running = d;
	grant_map(&doms[d], &op);
	if (op.status)
		return op.status;
	ck_assert_uint_eq(op.dev_bus_addr >> PAGE_SHIFT, pte_mfn(tables[d][slot]).v);
	return (long)op.handle;
}

long slot_map(unsigned int d, domid_t dom, u32 ref, unsigned int slot)
{
	return slot_map_flags(d, dom, ref, slot, GNTMAP_host_map);
}

int slot_unmap_at(unsigned int d, long handle, u64 host_addr)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = host_addr,
					     .handle = (grant_handle_t)handle };

	running = d;
	grant_unmap(&doms[d], &op);
	return op.status;
}

int slot_unmap(unsigned int d, long handle, unsigned int slot)
{
	return slot_unmap_at(d, handle, slot * PAGE_SIZE);
}

void slot_map_own(unsigned int d, unsigned int slot, unsigned int n)
{
	mfn_t mfn = MFN(d * PER_DOMAIN + n);

	slot_drop(&tables[d][slot]);
	ck_assert(frame_get(mfn, &doms[d].mm));
	tables[d][slot] = pte_make(mfn, PTE_P);
}

int slot_replace(unsigned int d, long handle, unsigned int slot, u64 new_addr)
{
	struct gnttab_unmap_and_replace op = { .host_addr = slot * PAGE_SIZE,
					       .new_addr = new_addr,
					       .handle = (grant_handle_t)handle };

	running = d;
	grant_unmap_and_replace(&doms[d], &op);
	return op.status;
}
