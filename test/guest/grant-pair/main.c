// SPDX-License-Identifier: MIT
/*
 * Claim: a domain maps, by address and by entry, and copies exactly what
 * another grants to it, as writable as it was granted; both see each other's
 * stores and the use bits; what is mapped can't be made a table behind the
 * mapper's back; after unmapping no stale translation is left.
 *
 * The first domain grants, the second maps.
 * See: ABI 6.5
 */

#include "grant-pair.h"

static void map_and_write(struct pair *p, struct view *v)
{
	TEST_EQUAL("map writable", view_map(v, p->peer, REF_WRITABLE, 0), 0);
	TEST_EQUAL("contents", v->va[0], 0xa1);
	v->va[1] = 0xa2;
	pair_meet(p, 3);
	pair_meet(p, 4);
	TEST_EQUAL("the granter's store", v->va[2], 0xa3);
}

static void map_readonly(struct pair *p, struct view *v)
{
	struct view w;

	TEST_EQUAL("map a read-only grant writable", view_map(&w, p->peer, REF_READONLY, 0),
		   GNTST_general_error);
	TEST_EQUAL("map read-only", view_map(v, p->peer, REF_READONLY, GNTMAP_readonly), 0);
	TEST_EQUAL("contents", v->va[0], 0xb1);
	TEST_CHECK(!probe_write32((unsigned long)v->va, 1, &(struct trap_result){}),
		   "a read-only mapping can be written");
	TEST_CHECK(mm_map((unsigned long)v->va, v->granted_mfn, PTE_RW),
		   "an update made it writable");
	TEST_EQUAL("contents", v->va[0], 0xb1);
	/* A writable grant can be mapped read-only, beside. */
	TEST_EQUAL("map read-only", view_map(&w, p->peer, REF_WRITABLE, GNTMAP_readonly), 0);
	TEST_CHECK(!probe_write32((unsigned long)w.va, 1, &(struct trap_result){}),
		   "a read-only mapping can be written");
	TEST_EQUAL("unmap", view_unmap(&w), 0);
}

/* The machine address of an entry instead of a linear address, as gntdev does. */
static void map_by_entry(struct pair *p)
{
	uint32_t flags = GNTMAP_contains_pte | GNTMAP_application_map |
			 1u << _GNTMAP_guest_avail0;
	uint64_t entry;
	struct view v;

	TEST_EQUAL("map by entry", view_map(&v, p->peer, REF_WRITABLE, flags), 0);
	TEST_EQUAL("contents", v.va[0], 0xa1);
	entry = mm_entry_read((unsigned long)v.va, 1);
	TEST_EQUAL("the entry's bits", entry & (PTE_US | PTE_RW | 0xe00), PTE_US | PTE_RW | 0x200);
	TEST_EQUAL("unmap by address", view_unmap_at(&v, (unsigned long)v.va), GNTST_bad_virt_addr);
	TEST_EQUAL("unmap by entry", view_unmap(&v), 0);
	TEST_EQUAL("second unmap", view_unmap_at(&v, v.host_addr), GNTST_bad_handle);
}

/* What nobody granted to this domain, or can be granted to anybody. */
static void check_refusals(struct pair *p)
{
	static const struct {
		const char *what;
		grant_ref_t ref;
		uint32_t flags;
	} refused[] = {
		{"an empty entry", REF_EMPTY, 0},
		{"a grant to d0", REF_FOR_D0, GNTMAP_readonly},
		{"a page table, writable", REF_TABLE, 0},
		{"a frame of the monitor", REF_MONITOR, GNTMAP_readonly},
		{"a frame of the mapper", REF_NOT_OWN, 0},
		{"a frame beyond memory", REF_BEYOND, GNTMAP_readonly},
		{"an entry of another type", REF_TRANSFER, 0},
		{"an entry beyond the table", 512, GNTMAP_readonly},
		{"reference 2^32 - 1", ~0u, GNTMAP_readonly},
	};
	struct view v;

	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		TEST_CHECK(view_map(&v, p->peer, refused[i].ref, refused[i].flags) < 0,
			   "mapped %s", refused[i].what);
	TEST_EQUAL("device map alone", view_map_raw(&v, p->peer, REF_WRITABLE, GNTMAP_device_map),
		   GNTST_general_error);
	TEST_EQUAL("no map at all", view_map_raw(&v, p->peer, REF_WRITABLE, 0),
		   GNTST_general_error);
}

static void granter(struct pair *p)
{
	uint32_t *a = mm_page_alloc(), *b = mm_page_alloc();
	unsigned long mfn_a = mm_virt_to_mfn((unsigned long)a);

	a[0] = 0xa1;
	b[0] = 0xb1;
	pair_grant(p, REF_WRITABLE, mfn_a, 0);
	pair_grant(p, REF_READONLY, mm_virt_to_mfn((unsigned long)b), GTF_readonly);
	pair_grant(p, REF_FOR_D0, mfn_a, 0);
	p->grants[REF_FOR_D0].domid = 0;
	pair_grant(p, REF_TABLE, mm_virt_to_mfn(start_info->pt_base), 0);
	pair_grant(p, REF_MONITOR, 0x100, 0);
	pair_grant(p, REF_BEYOND, 0x7fffffff, 0);
	pair_grant(p, REF_TRANSFER, mfn_a, 0);
	p->grants[REF_TRANSFER].flags = GTF_accept_transfer;
	pair_meet(p, 2);
	pair_grant(p, REF_NOT_OWN, p->page[PAIR_WORDS], 0);
	pair_meet(p, 3);
	TEST_EQUAL("the mapper's store", a[1], 0xa2);
	TEST_EQUAL("use bits", p->grants[REF_WRITABLE].flags,
		   GTF_permit_access | GTF_reading | GTF_writing);
	/* Revoking by force changes nothing for who has it. */
	p->grants[REF_WRITABLE].flags = 0;
	a[2] = 0xa3;
	TEST_EQUAL("own mapping read-only", mm_set_readonly((unsigned long)a), 0);
	TEST_CHECK(mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn_a), "a mapped page became a table");
	TEST_EQUAL("own mapping writable", mm_set_writable((unsigned long)a), 0);
	pair_grant(p, REF_WRITABLE, mfn_a, 0);
	pair_meet(p, 4);
	pair_meet(p, 5);
	TEST_EQUAL("use bits in the end", p->grants[REF_WRITABLE].flags, GTF_permit_access);
	TEST_EQUAL("use bits in the end", p->grants[REF_READONLY].flags,
		   GTF_permit_access | GTF_readonly);
	TEST_EQUAL("the mapper's copy", a[512], 0xc1);
	TEST_EQUAL("a copy refused", b[512], 0);
	/* All its own again: it may become a table. */
	a[0] = a[1] = a[2] = a[512] = 0;
	TEST_EQUAL("own mapping read-only", mm_set_readonly((unsigned long)a), 0);
	TEST_EQUAL("pin it", mm_ext_op(MMUEXT_PIN_L1_TABLE, mfn_a), 0);
	TEST_EQUAL("unpin it", mm_ext_op(MMUEXT_UNPIN_TABLE, mfn_a), 0);
	pair_meet(p, 6);
}

static void mapper(struct pair *p)
{
	struct view writable, readonly;

	p->page[PAIR_WORDS] = mm_virt_to_mfn((unsigned long)mm_page_alloc());
	pair_meet(p, 2);
	map_and_write(p, &writable);
	map_readonly(p, &readonly);
	map_by_entry(p);
	check_refusals(p);
	check_copies(p);
	check_stale(p, &writable, &readonly);
	check_replace(p);
	check_many(p);
	pair_meet(p, 5);
	pair_meet(p, 6);
}

void test_main(void)
{
	struct pair p;

	pair_connect(&p);
	if (p.first)
		granter(&p);
	else
		mapper(&p);
}
