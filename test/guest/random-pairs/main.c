// SPDX-License-Identifier: MIT
/*
 * Claim: two domains that grant, map, copy, bind, send and close at random, and
 * scribble over their grant entries meanwhile, can't lose or keep a reference:
 * when both have let go, each can make its pages tables again.
 * See: ABI 5.3, 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/pair.h"
#include "pvops-guest/lib/test.h"

#define ROUNDS	 12000
#define NR_PAGES 8
#define NR_REFS	 16
#define NR_KEPT	 64

static struct {
	unsigned long va, mfn;
	uint64_t entry; /* machine address of its L1 entry */
} pages[NR_PAGES];

/* Mappings made and perhaps still there. */
static struct {
	bool live;
	grant_handle_t handle;
	uint64_t host_addr;
} kept[NR_KEPT];

static unsigned int nr_mapped, nr_unmapped, nr_copied, nr_bound;
static uint32_t state;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

static domid_t any_domain(const struct pair *p)
{
	static const domid_t odd[] = {0, DOMID_SELF, DOMID_XEN, DOMID_INVALID, 99};

	return below(8) ? p->peer : odd[below(ARRAY_SIZE(odd))];
}

static unsigned long any_frame(void)
{
	switch (below(12)) {
	case 0:
		return mm_virt_to_mfn(start_info->pt_base);
	case 1:
		return below(0x20000);
	case 2:
		return state;
	default:
		return pages[below(NR_PAGES)].mfn;
	}
}

/* Own entries change under the other's hands. */
static void scribble(struct pair *p)
{
	static const uint16_t flags[] = {GTF_permit_access, GTF_permit_access,
					 GTF_permit_access | GTF_readonly,
					 GTF_permit_access | GTF_reading | GTF_writing,
					 GTF_invalid, GTF_accept_transfer, GTF_transitive};
	unsigned int ref = 20 + below(NR_REFS);

	pair_grant(p, ref, any_frame(), flags[below(ARRAY_SIZE(flags))]);
	if (!below(8))
		p->grants[ref].domid = any_domain(p);
	if (!below(8))
		p->grants[ref].flags = below(0x10000);
}

static void map(struct pair *p)
{
	unsigned int i = below(NR_PAGES), k = below(NR_KEPT);
	struct gnttab_map_grant_ref op = {
		.flags = GNTMAP_host_map | (below(2) ? GNTMAP_readonly : 0),
		.ref = 20 + below(NR_REFS + 1),
		.dom = any_domain(p),
	};

	if (below(2))
		op.flags |= GNTMAP_contains_pte;
	if (!below(32))
		op.flags = state;
	op.host_addr = op.flags & GNTMAP_contains_pte ? pages[i].entry : pages[i].va;
	if (kept[k].live)
		return;
	hypercall_grant_table_op(GNTTABOP_map_grant_ref, &op, 1);
	if (op.status)
		return;
	kept[k].live = true;
	kept[k].handle = op.handle;
	kept[k].host_addr = op.host_addr;
	nr_mapped++;
}

static void unmap(unsigned int k)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = kept[k].host_addr,
					    .handle = kept[k].handle};

	/* An old handle may be another mapping's by now. */
	if (!kept[k].live)
		op.handle |= 0x8000;
	hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);
	TEST_CHECK(!op.status == kept[k].live, "unmap of a mapping: %d", op.status);
	nr_unmapped += kept[k].live;
	kept[k].live = false;
}

static void replace(unsigned int k)
{
	struct gnttab_unmap_and_replace op = {.host_addr = kept[k].host_addr,
					      .new_addr = pages[below(NR_PAGES)].va,
					      .handle = kept[k].handle};

	if (!kept[k].live)
		return;
	hypercall_grant_table_op(GNTTABOP_unmap_and_replace, &op, 1);
	if (!op.status)
		kept[k].live = false;
}

static void copy(struct pair *p)
{
	struct gnttab_copy op = {.flags = below(4),
				 .len = below(PAGE_SIZE + 1),
				 .source = {.domid = below(4) ? p->peer : any_domain(p)},
				 .dest = {.domid = below(4) ? p->peer : any_domain(p)}};

	op.source.offset = below(2) ? 0 : below(PAGE_SIZE);
	op.dest.offset = below(2) ? 0 : below(PAGE_SIZE);
	if (op.flags & GNTCOPY_source_gref) {
		op.source.u.ref = 20 + below(NR_REFS);
	} else {
		op.source.u.gmfn = any_frame();
		op.source.domid = DOMID_SELF;
	}
	if (op.flags & GNTCOPY_dest_gref) {
		op.dest.u.ref = 20 + below(NR_REFS);
	} else {
		op.dest.u.gmfn = pages[below(NR_PAGES)].mfn;
		op.dest.domid = DOMID_SELF;
	}
	hypercall_grant_table_op(GNTTABOP_copy, &op, 1);
	nr_copied += !op.status;
}

static void event(struct pair *p)
{
	evtchn_port_t port = 4 + below(40);
	struct evtchn_unmask unmask = {.port = port};

	switch (below(8)) {
	case 0:
	case 1:
		event_alloc_unbound(any_domain(p));
		break;
	case 2:
	case 3:
		nr_bound += event_bind_interdomain(any_domain(p), port) > 0;
		break;
	case 4:
		event_close(port);
		break;
	case 5:
		hypercall_event_channel_op(EVTCHNOP_unmask, &unmask);
		break;
	default:
		event_send(port);
	}
}

static void step(struct pair *p)
{
	switch (below(10)) {
	case 0:
	case 1:
		scribble(p);
		break;
	case 2:
	case 3:
		map(p);
		break;
	case 4:
		unmap(below(NR_KEPT));
		break;
	case 5:
		replace(below(NR_KEPT));
		break;
	case 6:
		copy(p);
		break;
	case 7: /* one of its own pages where another was */
		mm_map(pages[below(NR_PAGES)].va, pages[below(NR_PAGES)].mfn,
		       below(2) ? PTE_RW | PTE_D : 0);
		break;
	default:
		event(p);
	}
}

/* Nobody maps it but this domain, or it could not be a table. */
static void check_own_again(unsigned int i)
{
	unsigned long va = pages[i].va;

	TEST_EQUAL("map", mm_map(va, pages[i].mfn, PTE_RW | PTE_D), 0);
	memset((void *)va, 0, PAGE_SIZE);
	TEST_EQUAL("map read-only", mm_map(va, pages[i].mfn, 0), 0);
	TEST_EQUAL("pin", mm_ext_op(MMUEXT_PIN_L1_TABLE, pages[i].mfn), 0);
	TEST_EQUAL("unpin", mm_ext_op(MMUEXT_UNPIN_TABLE, pages[i].mfn), 0);
}

void test_main(void)
{
	struct pair p;

	pair_connect(&p);
	state = p.first ? 0x2545f491 : 0x9e3779b9;
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		pages[i].va = (unsigned long)mm_page_alloc();
		pages[i].mfn = mm_virt_to_mfn(pages[i].va);
		pages[i].entry = mm_entry_maddr(pages[i].va, 1);
	}
	pair_meet(&p, 2);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		step(&p);
		if (i % 16 == 0)
			sched_yield();
	}
	for (unsigned int k = 0; k < NR_KEPT; k++)
		if (kept[k].live)
			unmap(k);
	for (unsigned int i = 0; i < NR_PAGES; i++)
		mm_unmap(pages[i].va);
	pair_meet(&p, 3);
	for (unsigned int i = 0; i < NR_PAGES; i++)
		check_own_again(i);
	debug_printf("%u mapped, %u unmapped, %u copied, %u bound\n", nr_mapped, nr_unmapped,
		     nr_copied, nr_bound);
	TEST_CHECK(nr_mapped > 100 && nr_copied > 50 && nr_bound > 10, "too little happened");
	pair_meet(&p, 4);
}
