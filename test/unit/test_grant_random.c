/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * See: ABI 6.5
 * SOURCES: hv/domain/grant.c hv/domain/grant_map.c hv/domain/grant_copy.c
 * SOURCES: test/unit/grant_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * Random maps and unmaps of three domains on tables that change under our
 * eyes, with every pin and reference recounted after each.
 */
#include <string.h>

#include "grant_machine.h"
#include "harness.h"

#define NR_REFS 6 /* few, so that they meet */

/* What a live handle should stand for. */
static struct {
	bool live;
	unsigned int slot, dom, frame;
	u32 ref;
	bool write;
} handles[NR_DOMAINS][64];

static void step_map(unsigned int d, uint64_t *rng)
{
	unsigned int dom = unit_random_below(rng, NR_DOMAINS);
	unsigned int slot = unit_random_below(rng, NR_ENTRIES);
	bool write = unit_random_below(rng, 2);
	u32 ref = unit_random_below(rng, NR_REFS);
	grant_entry_v1_t e = *grant_entry(dom, ref);
	long h = slot_map_flags(d, (domid_t)dom, ref, slot,
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
	int by_va = slot_unmap(d, h, slot), status = by_va;

	if (by_va == GNTST_bad_virt_addr)
		status = slot_unmap_at(d, h, slot_maddr(d, slot));
	ck_assert_int_eq(status, handles[d][h].live ? GNTST_okay : GNTST_bad_handle);
	if (handles[d][h].live)
		ck_assert(!(tables[d][slot] & PTE_P) ||
			  pte_mfn(tables[d][slot]).v != handles[d][h].frame);
	handles[d][h].live = false;
}

static void step_replace(unsigned int d, uint64_t *rng)
{
	long h = unit_random_below(rng, 20);
	unsigned int slot = handles[d][h].slot, from = unit_random_below(rng, NR_ENTRIES);
	int status;

	slot_map_own(d, unit_random_below(rng, NR_ENTRIES), unit_random_below(rng, PER_DOMAIN));
	status = slot_replace(d, h, slot, from * PAGE_SIZE);
	if (!handles[d][h].live)
		ck_assert_int_eq(status, GNTST_bad_handle);
	if (!status)
		handles[d][h].live = false;
}

static void step_scribble(unsigned int d, uint64_t *rng)
{
	u32 ref = unit_random_below(rng, NR_REFS);

	switch (unit_random_below(rng, 4)) {
	case 0:
		grant_entry(d, ref)->flags = (u16)unit_random(rng);
		break;
	case 1:
		grant_entry(d, ref)->domid = (u16)unit_random_below(rng, NR_DOMAINS + 1);
		break;
	case 2:
		grant_entry(d, ref)->frame = unit_random_below(rng, NR_FRAMES + 2);
		break;
	default:
		grant_to(d, ref, unit_random_below(rng, NR_DOMAINS),
		      d * PER_DOMAIN + unit_random_below(rng, PER_DOMAIN),
		      unit_random_below(rng, 2) ? GTF_readonly : 0);
	}
}

/* ck_assert() for what is tested millions of times: silent when it holds. */
static void must(bool cond, const char *what)
{
	if (!cond)
		ck_abort_msg("%s differ", what);
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

		must(dom_refs[d] == doms_held[d], "domain references");
		for (unsigned int r = 0; pins && r < NR_REFS; r++) {
			must(pins[r].readers == readers[d][r], "readers");
			must(pins[r].writers == writers[d][r], "writers");
		}
	}
	for (unsigned int i = 0; i < NR_FRAMES; i++)
		must(frames[i].refs == refs[i], "frame references");
}

START_TEST(random_operations_on_hostile_tables)
{
	uint64_t rng = unit_seed();

	memset(handles, 0, sizeof(handles));
	for (unsigned int i = 0; i < 40000; i++) {
		unsigned int d = unit_random_below(&rng, NR_DOMAINS);

		switch (unit_random_below(&rng, 9)) {
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
			step_replace(d, &rng);
			break;
		case 7:
			step_scribble(d, &rng);
			break;
		default: /* the guest changes an entry of its own */
			slot_drop(&tables[d][unit_random_below(&rng, NR_ENTRIES)]);
		}
		recount();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant_random");
	TCase *tc = tcase_create("random");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_operations_on_hostile_tables);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
