/* SPDX-License-Identifier: MIT */
/*
 * Recount every reference from what stands in the tables, and compare: for a
 * debug key and for tests. Slow; nothing else may run meanwhile.
 *
 * The expected counts need memory that a full machine may not have, so the
 * frames are done in spans as long as the heap allows; for each span, all
 * tables are walked.
 */
#include "lib/string.h"
#include "mm/internal.h"
#include "platform/platform.h"

/* Expected references of one frame. */
struct expected {
	u32 refs;
	u32 type_refs[NR_FRAME_TYPES];
};

static struct {
	struct expected *span;
	unsigned long first, nr; /* frames of the span */
} audit;

static void expect(mfn_t mfn, enum frame_type type)
{
	unsigned long i = mfn.v - audit.first;

	if (i >= audit.nr)
		return;
	audit.span[i].refs++;
	if (type != FT_NONE)
		audit.span[i].type_refs[type]++;
}

/* What the entries of one validated table stand for: INV-5. */
static void expect_entries(mfn_t mfn, enum frame_type type)
{
	const struct pt_level *row = &pt_levels[type];
	const pte_t *table = arch_map_frame(mfn);
	unsigned int slot;

	for (slot = 0; slot < row->nr_slots; slot++) {
		pte_t e = READ_ONCE(table[slot]);

		if (!(e & PTE_P) || slot_is_monitors(row, slot) ||
		    (type == FT_L1 && frame_is_io(pte_mfn(e))))
			continue;
		if (type == FT_L1)
			expect(pte_mfn(e), e & PTE_RW ? FT_WRITABLE : FT_NONE);
		else
			expect(pte_mfn(e), slot_child(row, slot));
	}
	arch_unmap_frame(table);
}

/* What one frame's own flags stand for: INV-6. */
static void expect_flags(mfn_t mfn)
{
	const struct frame *f = frame_of(mfn);

	if (f->count & COUNT_ALLOCATED)
		expect(mfn, FT_NONE);
	if ((f->count & COUNT_HEAP) && f->owner)
		expect(mfn, FT_WRITABLE);
	if (f->type & TYPE_PINNED)
		expect(mfn, type_of(f->type));
	if (f->type & TYPE_HELD)
		expect(mfn, type_of(f->type));
}

static bool frame_agrees(mfn_t mfn, const struct expected *want)
{
	const struct frame *f = frame_of(mfn);
	enum frame_type type = frame_type(mfn);
	unsigned int i;

	if ((f->count & COUNT_REFS) != want->refs)
		return false;
	for (i = FT_NONE + 1; i < NR_FRAME_TYPES; i++)
		if (want->type_refs[i] != (i == type ? f->type & TYPE_REFS : 0))
			return false;
	/* INV-4 */
	return f->count || !(f->type || f->owner);
}

/* One span: recount and compare. */
static unsigned int audit_span(void (*extern_refs)(audit_visit visit))
{
	unsigned int nr_wrong = 0;
	unsigned long n;

	memset(audit.span, 0, audit.nr * sizeof(*audit.span));
	for (n = 0; n < max_mfn; n++) {
		expect_flags(MFN(n));
		if (is_table_type(frame_type(MFN(n))))
			expect_entries(MFN(n), frame_type(MFN(n)));
	}
	extern_refs(expect);
	for (n = 0; n < audit.nr; n++) {
		mfn_t mfn = MFN(audit.first + n);
		enum frame_type type = frame_type(mfn);

		if (frame_agrees(mfn, &audit.span[n]))
			continue;
		nr_wrong++;
		printk("audit: frame %#lx count %#x (recounted %u) type %#x (recounted %u)", mfn.v,
		       frame_of(mfn)->count, audit.span[n].refs, frame_of(mfn)->type,
		       audit.span[n].type_refs[type]);
	}
	return nr_wrong;
}

unsigned int mm_audit(void (*extern_refs)(audit_visit visit))
{
	unsigned int pages = 256, nr_wrong = 0;

	do {
		audit.span = heap_alloc_pages(pages);
	} while (!audit.span && (pages /= 2));
	if (!audit.span) {
		printk("audit: no memory to count in");
		return 0;
	}
	audit.nr = pages * PAGE_SIZE / sizeof(*audit.span);
	for (audit.first = 0; audit.first < max_mfn; audit.first += audit.nr) {
		audit.nr = MIN(audit.nr, max_mfn - audit.first);
		nr_wrong += audit_span(extern_refs);
	}
	heap_free_pages(audit.span, pages);
	audit.span = NULL;
	return nr_wrong;
}
