/* SPDX-License-Identifier: MIT */
/*
 * Writing to the trace ring. Called by the hooks of domain/trace.h only.
 *
 * The reader, a tool in the initial domain or on the host, moves cons. It may
 * be absent, slow or mad: cons is compared and, when the writer overtakes it,
 * set; nothing is ever read or written where it points.
 */
#include "platform/trace.h"
#include "lib/xenabi.h"

#include <xen/trace.h>

u32 trace_mask;
u32 trace_counts[NR_TRACE_KINDS << 8];
struct trace_ring trace_ring;

#define REC_BYTES ((u32)sizeof(struct trace_rec))
#define HEADER(event, nr_words) ((event) | (u32)(nr_words) << TRACE_EXTRA_SHIFT)

_Static_assert(sizeof(struct trace_rec) == 32, "a ring's size relies on it");
_Static_assert(sizeof(struct trace_shared) == sizeof(struct t_buf), "Xen's layout");

void trace_ring_init(struct trace_ring *t, void *memory, u32 len_bytes)
{
	u32 nr_recs, pad;

	*t = (struct trace_ring){ .shared = memory };
	t->data_bytes = len_bytes - (u32)sizeof(struct trace_shared);
	nr_recs = t->data_bytes / REC_BYTES;
	t->next = t->shared->rec;
	t->end = t->next + nr_recs;
	/* What is left behind the last record is a record of padding. */
	pad = t->data_bytes - nr_recs * REC_BYTES;
	if (pad)
		t->end->header = HEADER(TRC_TRACE_WRAP_BUFFER, pad / sizeof(u32) - 1);
}

u64 trace_ring_written(const struct trace_ring *t)
{
	return t->shared ? t->nr_wrapped + (u64)(t->next - t->shared->rec) : 0;
}

/* The position that follows next's; the pad belongs to the last record. */
static inline u32 position_after(const struct trace_ring *t)
{
	if (likely(t->next + 1 != t->end))
		return t->prod + REC_BYTES;
	return t->prod < t->data_bytes ? t->data_bytes : 0;
}

/* What next holds was written a turn ago and not read: the one after is the oldest. */
static void lose_oldest(struct trace_ring *t)
{
	u32 after = position_after(t);

	t->lost++;
	WRITE_ONCE(t->shared->cons,
		   after < t->data_bytes ? after + t->data_bytes : after - t->data_bytes);
}

static void above_half(struct trace_ring *t, u32 behind)
{
	if (!t->above_half)
		t->tell_reader = true;
	t->above_half = true;
	if (behind >= t->data_bytes)
		lose_oldest(t);
}

inline struct trace_rec *trace_ring_claim(struct trace_ring *t)
{
	u32 behind = t->prod - READ_ONCE(t->shared->cons);

	/* A cons that is no position makes this any number, and is put right. */
	if ((s32)behind < 0)
		behind += 2 * t->data_bytes;
	if (unlikely(behind > t->data_bytes / 2))
		above_half(t, behind);
	else
		t->above_half = false;
	return t->next;
}

inline void trace_ring_publish(struct trace_ring *t)
{
	t->prod = position_after(t);
	if (unlikely(++t->next == t->end)) {
		t->nr_wrapped += (u64)(t->end - t->shared->rec);
		t->next = t->shared->rec;
	}
	/* Last: a reader must not find a record that isn't there yet. */
	__atomic_store_n(&t->shared->prod, t->prod, __ATOMIC_RELEASE);
}

static inline struct trace_rec *begin(u32 event, u32 who)
{
	struct trace_rec *rec = trace_ring_claim(&trace_ring);
	u64 tsc = __builtin_ia32_rdtsc();

	rec->header = HEADER(event, 5) | (u32)TRC_HD_CYCLE_FLAG;
	rec->tsc_lo = (u32)tsc;
	rec->tsc_hi = (u32)(tsc >> 32);
	rec->who = who;
	return rec;
}

void trace_write(u32 event, u32 who, unsigned long a, unsigned long b)
{
	struct trace_rec *rec = begin(event, who);

	rec->arg[0] = (u32)a;
	rec->arg[1] = (u32)((u64)a >> 32);
	rec->arg[2] = (u32)b;
	rec->arg[3] = (u32)((u64)b >> 32);
	trace_ring_publish(&trace_ring);
}

void trace_write_words(u32 event, u32 who, u64 a, u64 b)
{
	struct trace_rec *rec = begin(event, who);

	rec->arg[0] = (u32)a;
	rec->arg[1] = (u32)(a >> 32);
	rec->arg[2] = (u32)b;
	rec->arg[3] = (u32)(b >> 32);
	trace_ring_publish(&trace_ring);
}
