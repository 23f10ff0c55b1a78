// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/mm/frame.c hv/mm/alloc.c hv/mm/table.c hv/mm/entry.c hv/mm/update.c
// SOURCES: hv/mm/foreign.c hv/mm/root.c hv/mm/descpage.c hv/mm/ptwrite.c hv/mm/tlb.c
// SOURCES: hv/mm/m2p.c hv/mm/copy.c hv/mm/relinquish.c hv/mm/audit.c
// SOURCES: hv/x86/decode_exec.c hv/x86/desc.c hv/x86_NN/ptlevels.c
// SOURCES: test/unit/mm_machine.c test/unit/mm_oracle.c test/unit/mm_x86_NN.c test/unit/mm_world.c
/*
 * Random operations of two domains, hostile and sensible ones mixed, on a small
 * machine, with the oracle recounting everything after each.
 * See: ABI 3.1
 */
#include <stdio.h>
#include <stdlib.h>

#include "mm_shape.h"
#include "mm_world.h"

#define NR_STEPS 4000

/* ---- operations ---- */

/* Stores that need no help: into pages that aren't tables. */
static void op_guest_stores(void)
{
	mfn_t mfn = frame_like(&w.a, FT_NONE);
	enum frame_type as = (enum frame_type)(FT_L1 + below(4));
	unsigned int n = below(12), slot;

	if (mfn.v >= MACHINE_FRAMES || !may_store(mfn))
		return;
	if (!one_in(4))
		memset(machine_page(mfn), 0, PAGE_SIZE);
	for (; n; n--) {
		slot = below(shape_slots(as));
		machine_page(mfn)[slot] = any_entry(&w.a, as, slot);
	}
}

/* A frame to map: not one of the space's own tables, mostly. */
static pte_t data_entry(const mfn_t tables[5])
{
	mfn_t mfn = frame_like(&w.a, one_in(2) ? FT_WRITABLE : FT_NONE);
	unsigned int i;

	for (i = 0; i < 5; i++)
		if (mfn_eq(mfn, tables[i]) && !one_in(20))
			return 0;
	return entry(mfn, one_in(2) ? PTE_RW | PTE_US : PTE_A);
}

/* A whole address space in fresh pages, mostly valid, to be tried as a root. */
static void op_build_space(void)
{
	mfn_t f[5];
	unsigned int i, n;

	for (i = 0; i < 5; i++) {
		f[i] = frame_like(&w.a, FT_NONE);
		if (f[i].v >= MACHINE_FRAMES || frame_of(f[i])->owner != &w.a || !may_store(f[i]))
			return;
		memset(machine_page(f[i]), 0, PAGE_SIZE);
	}
	/* Twice the same frame happens, and is refused. */
	shape_link_space(f, below);
	for (n = below(16); n; n--)
		machine_page(f[3 + below(2)])[5 + below(507)] = data_entry(f);
	for (n = 0; n < 5; n++)
		machine_page(f[4])[n] = entry(f[n], PTE_US);
	w.built = f[0];
}

static void op_update(void)
{
	struct mm_domain *md = one_in(8) ? &w.b : &w.a;
	enum frame_type type = any_type();
	mfn_t mfn = frame_like(md, type);
	unsigned int slot = shape_slots(type) == 4 ? below(5) : below(one_in(2) ? 8 : 512);
	struct pt_ctx ctx = ctx_of(md);
	maddr_t ptr = MADDR(mfn_to_maddr(mfn).v + slot * 8 + (one_in(64) ? below(8) : 0));
	pte_t val;
	int rc;

	type = mfn.v < MACHINE_FRAMES ? frame_type(mfn) : FT_NONE;
	if (one_in(2)) {
		slot = used_slot(mfn, slot);
		ptr.v = mfn_to_maddr(mfn).v + slot * 8;
	}
	val = one_in(3) ? changed_entry(mfn, slot) : any_entry(md, type ? type : FT_L1, slot);
	if (one_in(64))
		ptr.v = unit_random(&w.rng);
	rc = pt_update(&ctx, ptr, val, one_in(4));
	w.nr_updates += !rc;
	w.nr_upper += !rc && type > FT_L1 && type <= FT_L4;
	w.nr_refused += rc != 0;
}

static void op_update_va(void)
{
	struct pt_ctx ctx = ctx_of(&w.a);
	unsigned long gva = one_in(4) ? (unsigned long)unit_random(&w.rng) : below(16) << 12;

	if (mfn_eq(w.root, INVALID_MFN))
		return;
	if (pt_update_va(&ctx, gva, any_entry(&w.a, FT_L1, 0)) == 0)
		w.nr_updates++;
}

/* Map a live L1 read-only, then store into it with an instruction. */
static void op_ptwrite(void)
{
	static const enum insn_kind kinds[] = { INSN_MOV, INSN_XCHG, INSN_AND, INSN_OR, INSN_XOR,
						INSN_ADD, INSN_CMPXCHG, INSN_CMPXCHG8B, INSN_BTS };
	struct insn insn = { .kind = kinds[below(ARRAY_SIZE(kinds))], .mem = true,
			     .has_modrm = true, .op_bytes = (u8)(1 << below(4)), .len_bytes = 3,
			     .segment = -1, .addr_bytes = 4, .reg = (u8)below(4) };
	struct pt_ctx ctx = ctx_of(&w.a);
	unsigned long flags = 2, gva = below(8) << 12;
	mfn_t l1 = frame_like(&w.a, one_in(8) ? any_type() : FT_L1);
	struct insn_gprs gprs;
	unsigned int i;
	u64 val = any_entry(&w.a, FT_L1, 0);

	if (mfn_eq(w.root, INVALID_MFN))
		return;
	for (i = 0; i < 16; i++)
		gprs.r[i] = (unsigned long)(i & 1 ? val >> 32 : val);
	insn.has_imm = one_in(2);
	insn.imm = val;
	if (pt_update_va(&ctx, gva, entry(l1, 0)))
		return;
	if (mm_ptwrite(&ctx, gva + below(one_in(2) ? 64 : 4096), &insn, &gprs, &flags) ==
	    PTWRITE_DONE)
		w.nr_writes++;
}

/* Begin, continue or abandon a long operation. */
static void op_long(void)
{
	struct task *t = &w.tasks[below(2)];
	int rc;

	if (t->busy && one_in(12)) {
		table_abandon(&w.a, &t->work);
		t->busy = false;
		return;
	}
	if (!t->busy) {
		t->type = one_in(3) ? any_type() : root_type;
		t->mfn = one_in(2) ? w.built : frame_like(&w.a, one_in(2) ? t->type : FT_NONE);
		t->is_root = one_in(2);
		if (t->is_root)
			t->type = root_type;
	}
	t->work.budget = one_in(3) ? MM_WORK_BUDGET : 1 + below(1500);
	rc = t->is_root ? table_get(&w.a, t->mfn, t->type, &t->work)
			: mm_pin(&w.a, t->mfn, t->type, &t->work);
	t->busy = rc == -ERESTART;
	if (rc || !t->is_root) {
		w.nr_pins += !rc;
		w.nr_refused += rc && rc != -ERESTART;
		return;
	}
	/* The new base pointer. */
	w.nr_roots++;
	oracle_hold(t->mfn, root_type);
	machine_load_root(t->mfn);
	if (!mfn_eq(w.root, INVALID_MFN)) {
		oracle_unhold(w.root, root_type);
		t->work.budget = 1 + below(600);
		rc = table_put(&w.a, w.root, &t->work);
	}
	w.root = t->mfn;
}

static void op_unpin(void)
{
	mfn_t mfn = frame_like(&w.a, (enum frame_type)(FT_L1 + below(4)));
	struct pt_ctx ctx = ctx_of(&w.a);

	if (mm_unpin(&w.a, mfn, ctx.work) && one_in(100))
		w.nr_refused++;
}

static void op_frames(void)
{
	struct mm_domain *md = one_in(6) ? &w.b : &w.a;
	mfn_t mfn = frame_like(md, any_type());

	if (one_in(2)) {
		if (mm_release_frame(md, mfn))
			w.nr_refused++;
	} else {
		mfn = mm_alloc_frames(md, below(2), 0);
	}
}

static void op_segdesc(void)
{
	mfn_t mfn = frame_like(&w.a, FT_NONE);

	if (w.nr_segdesc && one_in(3)) {
		mfn = w.segdesc[--w.nr_segdesc];
		oracle_unhold(mfn, FT_SEGDESC);
		frame_put_type(mfn, &w.a);
		frame_put(mfn);
		return;
	}
	if (w.nr_segdesc == NR_SEGDESC || !frame_get(mfn, &w.a))
		return;
	if (one_in(2) && may_store(mfn)) {
		memset(machine_page(mfn), 0, PAGE_SIZE);
		machine_page(mfn)[below(512)] = 0x00cf92000000ffffull ^ unit_random(&w.rng) >> 40;
	}
	if (frame_get_type(mfn, &w.a, FT_SEGDESC)) {
		frame_put(mfn);
		return;
	}
	w.nr_descs++;
	w.segdesc[w.nr_segdesc++] = mfn;
	oracle_hold(mfn, FT_SEGDESC);
}

static void op_update_descriptor(void)
{
	mfn_t mfn = frame_like(&w.a, one_in(2) ? FT_SEGDESC : any_type());
	u64 d = one_in(2) ? unit_random(&w.rng) : 0x00cffa000000ffffull;

	if (mm_update_descriptor(&w.a, MADDR(mfn_to_maddr(mfn).v + below(512) * 8), d) == 0)
		w.nr_descs++;
}

/* Grants both ways: B's frames into A's tables by address or by entry. */
static void op_foreign(void)
{
	struct pt_ctx ctx = ctx_of(&w.a);
	mfn_t mfn = frame_like(&w.b, one_in(3) ? FT_WRITABLE : FT_NONE);
	mfn_t l1 = frame_like(&w.a, FT_L1);
	maddr_t ptr = MADDR(mfn_to_maddr(l1).v + below(16) * 8);
	unsigned long gva = below(16) << 12;
	u64 flags = any_flags();
	int rc;

	ctx.frame_owner = &w.b;
	if (mfn_eq(w.root, INVALID_MFN))
		return;
	if (one_in(3)) {
		rc = one_in(2) ? pt_unmap_foreign_va(&ctx, gva, mfn)
			       : pt_unmap_foreign_pte(&ctx, ptr, mfn);
		return;
	}
	rc = one_in(2) ? pt_map_foreign_va(&ctx, gva, mfn, flags)
		       : pt_map_foreign_pte(&ctx, ptr, mfn, flags);
	if (!rc) {
		w.nr_maps++;
		oracle_allow_foreign(mfn);
	}
}

/* The end of a grant that puts one of A's own pages in its place. */
static void op_replace(void)
{
	struct pt_ctx ctx = ctx_of(&w.a);
	mfn_t l1 = frame_like(&w.a, FT_L1);
	unsigned int slot = used_slot(l1, below(16));
	mfn_t mfn = one_in(4) || l1.v >= MACHINE_FRAMES ? frame_like(&w.b, FT_NONE)
							: pte_mfn(machine_page(l1)[slot]);

	if (mfn_eq(w.root, INVALID_MFN))
		return;
	if (pt_replace_foreign_pte(&ctx, MADDR(mfn_to_maddr(l1).v + slot * 8), mfn,
				   below(16) << 12))
		w.nr_refused++;
}

static void op_exchange(void)
{
	mfn_t in[4], out[4];
	struct mm_exchange x = { .in = in, .out = out, .nr_frames = 1u << below(3),
				 .order = below(2), .address_bits = one_in(3) ? 19 : 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in); i++)
		in[i] = frame_like(&w.a, FT_NONE);
	if (x.nr_frames >> x.order && mm_exchange_frames(&w.a, &x) == 0)
		w.nr_exchanges++;
}

static void op_shared_page(void)
{
	unsigned int i = below(NR_SHARED);

	if (!w.shared[i]) {
		w.shared[i] = heap_alloc_pages(1);
		if (w.shared[i])
			mm_share_page(&w.a, w.shared[i]);
	} else if (one_in(4)) {
		oracle_allow_foreign(va_to_mfn(w.shared[i]));
		mm_unshare_page(&w.a, w.shared[i]);
		w.shared[i] = NULL;
	} else if (!mfn_eq(w.root, INVALID_MFN)) {
		struct pt_ctx ctx = ctx_of(&w.a);

		if (pt_update_va(&ctx, below(16) << 12,
				 entry(va_to_mfn(w.shared[i]), one_in(2) ? PTE_RW : 0)))
			w.nr_refused++;
	}
}

static void op_drain(void)
{
	struct mm_work *work = &w.tasks[0].work;

	do {
		work->budget = 1 + below(3000);
	} while (table_drain(&w.a, work) && !one_in(4));
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned int weight;
} ops[] = {
	{ "guest stores", op_guest_stores, 8 },
	{ "build space", op_build_space, 3 },
	{ "update", op_update, 16 },
	{ "update_va", op_update_va, 8 },
	{ "ptwrite", op_ptwrite, 6 },
	{ "long", op_long, 10 },
	{ "unpin", op_unpin, 2 },
	{ "frames", op_frames, 4 },
	{ "segdesc", op_segdesc, 2 },
	{ "update_descriptor", op_update_descriptor, 1 },
	{ "foreign", op_foreign, 4 },
	{ "replace", op_replace, 2 },
	{ "exchange", op_exchange, 2 },
	{ "shared page", op_shared_page, 2 },
	{ "drain", op_drain, 3 },
};

static void one_step(void)
{
	unsigned int total = 0, i, pick;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	pick = below(total);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	ops[i].run();
	oracle_check(ops[i].name);
	oracle_guest_runs(ops[i].name);
	if (one_in(16))
		ck_assert_uint_eq(mm_audit(oracle_visit_holds), 0);
}

/* ---- beginning and end ---- */

static void destroy(struct mm_domain *md)
{
	struct mm_work work = { .held = 0 };
	int rc;

	do {
		work.budget = 1 + below(200);
		rc = mm_relinquish(md, &work);
		oracle_check("relinquish");
		oracle_guest_runs("relinquish");
	} while (rc == -ERESTART);
	ck_assert_int_eq(rc, 0);
}

static void world_end(void)
{
	unsigned int i, rc = 0;

	machine.live_root = INVALID_MFN;
	tlb_flush_now();
	for (i = 0; i < 2; i++)
		table_abandon(&w.a, &w.tasks[i].work);
	while (w.nr_segdesc) {
		mfn_t mfn = w.segdesc[--w.nr_segdesc];

		oracle_unhold(mfn, FT_SEGDESC);
		frame_put_type(mfn, &w.a);
		frame_put(mfn);
	}
	if (!mfn_eq(w.root, INVALID_MFN)) {
		oracle_unhold(w.root, root_type);
		rc = table_put(&w.a, w.root, &w.tasks[0].work) != 0;
	}
	oracle_check("the vcpu's end");
	/* B first: what A maps of it stays until A goes too. */
	destroy(&w.b);
	destroy(&w.a);
	for (i = 0; i < NR_SHARED; i++)
		if (w.shared[i])
			mm_unshare_page(&w.a, w.shared[i]);
	oracle_check("the end");
	ck_assert_uint_eq(w.a.nr_frames, 0);
	ck_assert_uint_eq(w.b.nr_frames, 0);
	ck_assert_uint_eq(machine_nr_free(), MACHINE_FRAMES - FIRST_GUEST_FRAME);
	(void)rc;
}

START_TEST(random_operations_keep_every_count)
{
	unsigned int i, steps = getenv("RINGLET_MM_STEPS") ? atoi(getenv("RINGLET_MM_STEPS"))
							   : NR_STEPS;

	world_init(unit_seed() * 0x9e3779b97f4a7c15ull + (u64)_i);
	w.a.maps_io = _i & 1;
	cpu_has_nx = shape_forced && _i & 2; /* in 32 bits it is never on */
	for (i = 0; i < steps; i++)
		one_step();
	if (getenv("RINGLET_MM_VERBOSE"))
		fprintf(stderr,
			"pins %u roots %u updates %u upper %u maps %u "
			"writes %u descs %u exchanges %u refused %u\n",
			w.nr_pins, w.nr_roots, w.nr_updates, w.nr_upper, w.nr_maps, w.nr_writes,
			w.nr_descs, w.nr_exchanges, w.nr_refused);
	ck_assert_uint_gt(w.nr_pins, 0);
	ck_assert_uint_gt(w.nr_roots, 0);
	ck_assert_uint_gt(w.nr_upper, 0);
	ck_assert_uint_gt(w.nr_maps, 0);
	ck_assert_uint_gt(w.nr_writes, 0);
	ck_assert_uint_gt(w.nr_descs, 0);
	ck_assert_uint_gt(w.nr_exchanges, 0);
	world_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mm random");
	TCase *tc = tcase_create("random");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_operations_keep_every_count, 0, 6);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
