// SPDX-License-Identifier: MIT
/* The mapper's side: views of granted frames, copies, stale translations, replacing. */

#include "grant-pair.h"

int view_map_raw(struct view *v, domid_t dom, grant_ref_t ref, uint32_t flags)
{
	struct gnttab_map_grant_ref map = {.ref = ref, .dom = dom, .flags = flags};
	unsigned long va = (unsigned long)mm_page_alloc();
	long ret;

	v->va = (volatile uint32_t *)va;
	v->own_mfn = mm_virt_to_mfn(va);
	map.host_addr = flags & GNTMAP_contains_pte ? mm_entry_maddr(va, 1) : va;
	v->host_addr = map.host_addr;
	ret = hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
	if (!ret)
		ret = map.status;
	if (ret) {
		mm_page_free((void *)va);
		return ret;
	}
	v->handle = map.handle;
	v->granted_mfn = mm_virt_to_mfn(va);
	TEST_EQUAL("dev_bus_addr", map.dev_bus_addr >> PAGE_SHIFT, v->granted_mfn);
	return 0;
}

int view_map(struct view *v, domid_t dom, grant_ref_t ref, uint32_t flags)
{
	return view_map_raw(v, dom, ref, flags | GNTMAP_host_map);
}

int view_unmap_at(const struct view *v, uint64_t host_addr)
{
	struct gnttab_unmap_grant_ref unmap = {.host_addr = host_addr, .handle = v->handle};
	long ret = hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);

	return ret ? ret : unmap.status;
}

int view_unmap(struct view *v)
{
	int ret = view_unmap_at(v, v->host_addr);

	if (ret)
		return ret;
	TEST_EQUAL("map the own page", mm_map((unsigned long)v->va, v->own_mfn, PTE_RW | PTE_D), 0);
	mm_page_free((void *)(unsigned long)v->va);
	return 0;
}

/* ---- copies ---- */

static int copy(struct gnttab_copy *op)
{
	long ret = hypercall_grant_table_op(GNTTABOP_copy, op, 1);

	return ret ? ret : op->status;
}

static void refuse_copy(const char *what, struct gnttab_copy op, int want)
{
	TEST_EQUAL(what, copy(&op), want);
}

void check_copies(struct pair *p)
{
	uint32_t *page = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)page);
	struct gnttab_copy in = {
		.source = {.u.ref = REF_READONLY, .domid = p->peer},
		.dest = {.u.gmfn = mfn, .domid = DOMID_SELF, .offset = 8},
		.len = 4,
		.flags = GNTCOPY_source_gref,
	}, out = {
		.source = {.u.gmfn = mfn, .domid = DOMID_SELF, .offset = 4},
		.dest = {.u.ref = REF_WRITABLE, .domid = p->peer, .offset = 2048},
		.len = 4,
		.flags = GNTCOPY_dest_gref,
	}, op;

	TEST_EQUAL("copy in", copy(&in), 0);
	TEST_EQUAL("what came", page[2], 0xb1);
	page[1] = 0xc1;
	TEST_EQUAL("copy out", copy(&out), 0);
	op = out, op.dest.u.ref = REF_READONLY;
	refuse_copy("copy to a read-only grant", op, GNTST_general_error);
	op = out, op.dest.u.ref = REF_EMPTY;
	TEST_CHECK(copy(&op) < 0, "copied to an empty entry");
	op = out, op.dest.u.ref = REF_TABLE;
	TEST_CHECK(copy(&op) < 0, "copied to a page table");
	op = out, op.dest.u.gmfn = mm_virt_to_mfn(start_info->pt_base), op.flags = 0;
	op.dest.domid = DOMID_SELF;
	TEST_CHECK(copy(&op) < 0, "copied to the own root");
	op = out, op.source.domid = p->peer;
	refuse_copy("copy of another's frame by number", op, GNTST_permission_denied);
	op = in, op.source.offset = PAGE_SIZE - 3;
	refuse_copy("copy beyond the source", op, GNTST_bad_copy_arg);
	op = in, op.dest.offset = PAGE_SIZE - 3;
	refuse_copy("copy beyond the target", op, GNTST_bad_copy_arg);
	op = in, op.len = 0xffff;
	refuse_copy("copy of 65535 bytes", op, GNTST_bad_copy_arg);
	op = in, op.dest.u.gmfn = 0x7fffffff;
	refuse_copy("copy to a frame beyond memory", op, GNTST_bad_page);
	op = in, op.source.domid = 0x7123;
	refuse_copy("copy from no domain", op, GNTST_bad_domain);
	mm_page_free(page);
}

/* ---- translations ---- */

void check_stale(struct pair *p, struct view *writable, struct view *readonly)
{
	unsigned long va = (unsigned long)writable->va;
	struct gnttab_map_grant_ref map = {
		.host_addr = va,
		.flags = GNTMAP_host_map | GNTMAP_readonly,
		.ref = REF_READONLY,
		.dom = p->peer,
	};
	struct trap_result result;
	struct view over = *writable;
	uint32_t word;

	/* Mapping over a mapping: the old translation goes at once. */
	TEST_EQUAL("contents", writable->va[0], 0xa1);
	TEST_EQUAL("map over it", hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0);
	TEST_EQUAL("its status", map.status, 0);
	TEST_EQUAL("contents of the new one", writable->va[0], 0xb1);
	TEST_EQUAL("unmap the old one", view_unmap_at(writable, va), 0);
	TEST_EQUAL("contents of the new one", writable->va[0], 0xb1);
	over.handle = map.handle;
	TEST_EQUAL("unmap the new one", view_unmap_at(&over, va), 0);
	TEST_CHECK(!probe_read32(va, &word, &result), "a stale translation: %#x", word);
	TEST_EQUAL("map the own page", mm_map(va, writable->own_mfn, PTE_RW | PTE_D), 0);
	mm_page_free((void *)va);

	va = (unsigned long)readonly->va;
	TEST_EQUAL("contents", readonly->va[0], 0xb1);
	TEST_EQUAL("unmap with a wrong address", view_unmap_at(readonly, va + PAGE_SIZE),
		   GNTST_bad_virt_addr);
	TEST_EQUAL("unmap", view_unmap_at(readonly, va), 0);
	TEST_CHECK(!probe_read32(va, &word, &result), "a stale translation: %#x", word);
	TEST_EQUAL("map the own page", mm_map(va, readonly->own_mfn, PTE_RW | PTE_D), 0);
	mm_page_free((void *)va);
}

static int replace(const struct view *v, uint64_t new_addr)
{
	struct gnttab_unmap_and_replace op = {.host_addr = v->host_addr,
					      .new_addr = new_addr,
					      .handle = v->handle};
	long ret = hypercall_grant_table_op(GNTTABOP_unmap_and_replace, &op, 1);

	return ret ? ret : op.status;
}

void check_replace(struct pair *p)
{
	uint32_t *page = mm_page_alloc(), word;
	struct trap_result result;
	struct view v, other;

	*page = 0xd1;
	TEST_EQUAL("map", view_map(&v, p->peer, REF_WRITABLE, 0), 0);
	TEST_EQUAL("map", view_map(&other, p->peer, REF_READONLY, GNTMAP_readonly), 0);
	TEST_EQUAL("replace by another grant", replace(&v, (unsigned long)other.va),
		   GNTST_general_error);
	TEST_EQUAL("replace by itself", replace(&v, (unsigned long)v.va), GNTST_general_error);
	TEST_EQUAL("replace by the monitor", replace(&v, HYPERVISOR_VIRT_START + 0x6800000ul),
		   GNTST_general_error);
	/* Beyond every address in 32 bits, not canonical in 64. */
	TEST_EQUAL("replace by what is no address", replace(&v, 1ull << (PT_LEVELS == 3 ? 32 : 47)),
		   PT_LEVELS == 3 ? GNTST_bad_virt_addr : GNTST_general_error);
	TEST_EQUAL("still there", v.va[0], 0xa1);
	TEST_EQUAL("replace", replace(&v, (unsigned long)page), 0);
	TEST_EQUAL("contents after replacing", v.va[0], 0xd1);
	TEST_CHECK(!probe_read32((unsigned long)page, &word, &result), "the page is still there");
	TEST_EQUAL("replace again", replace(&v, (unsigned long)page), GNTST_bad_handle);
	TEST_EQUAL("unmap the other", view_unmap(&other), 0);
	/* The frame behind v.va was page's; the one that v.va had is nowhere now. */
	TEST_EQUAL("map back", mm_map((unsigned long)page, v.own_mfn, PTE_RW | PTE_D), 0);
}

/* A long list, with results for each. */
void check_many(struct pair *p)
{
	static struct gnttab_map_grant_ref maps[100];
	static struct gnttab_unmap_grant_ref unmaps[ARRAY_SIZE(maps)];
	unsigned long va = (unsigned long)mm_page_alloc(), mfn = mm_virt_to_mfn(va);

	for (unsigned int i = 0; i < ARRAY_SIZE(maps); i++)
		maps[i] = (struct gnttab_map_grant_ref){
			.host_addr = va,
			.flags = GNTMAP_host_map | GNTMAP_readonly,
			.ref = i % 10 ? REF_READONLY : REF_EMPTY,
			.dom = p->peer,
		};
	TEST_EQUAL("100 maps",
		   hypercall_grant_table_op(GNTTABOP_map_grant_ref, maps, ARRAY_SIZE(maps)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(maps); i++) {
		TEST_CHECK(i % 10 ? !maps[i].status : maps[i].status < 0, "map %u: %d", i,
			   maps[i].status);
		unmaps[i].host_addr = va;
		unmaps[i].handle = maps[i].status ? ~0u : maps[i].handle;
	}
	TEST_EQUAL("100 unmaps",
		   hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, unmaps, ARRAY_SIZE(unmaps)),
		   0);
	for (unsigned int i = 0; i < ARRAY_SIZE(maps); i++)
		TEST_EQUAL("status of an unmap", unmaps[i].status,
			   i % 10 ? GNTST_okay : GNTST_bad_handle);
	TEST_EQUAL("map the own page", mm_map(va, mfn, PTE_RW | PTE_D), 0);
}
