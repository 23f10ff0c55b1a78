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
	u32 pad;

	*t = (struct trace_ring){ .shared = memory };
	t->data_bytes = len_bytes - (u32)sizeof(struct trace_shared);
	t->nr_recs = t->data_bytes / REC_BYTES;
	/* What is left behind the last record is a record of padding. */
	pad = t->data_bytes - t->nr_recs * REC_BYTES;
	if (pad)
		t->shared->rec[t->nr_recs].header =
			HEADER(TRC_TRACE_WRAP_BUFFER, pad / sizeof(u32) - 1);
}

/* Where a slot begins, as prod and cons count. */
static u32 position(const struct trace_ring *t, u32 turn, u32 slot)
{
	return turn * t->data_bytes + slot * REC_BYTES;
}

/* Bytes from cons to position p; more than data_bytes: cons is no position. */
static u32 unread(const struct trace_ring *t, u32 p)
{
	u32 cons = READ_ONCE(t->shared->cons);

	return p >= cons ? p - cons : p + 2 * t->data_bytes - cons;
}

void trace_ring_write(struct trace_ring *t, const struct trace_rec *rec)
{
	u32 behind = unread(t, position(t, t->turn, t->slot));
	u32 slot = t->slot;
	bool above_half = behind > t->data_bytes / 2;

	if (++t->slot == t->nr_recs) {
		t->slot = 0;
		t->turn ^= 1;
	}
	if (unlikely(behind >= t->data_bytes)) {
		/* What lay here a turn ago was not read: the next one is the oldest. */
		t->lost++;
		WRITE_ONCE(t->shared->cons, position(t, t->turn ^ 1, t->slot));
	}
	if (above_half && !t->above_half)
		t->tell_reader = true;
	t->above_half = above_half;
	t->shared->rec[slot] = *rec;
	t->written++;
	/* Published last: a reader must not find a record that isn't there yet. */
	__atomic_store_n(&t->shared->prod, position(t, t->turn, t->slot), __ATOMIC_RELEASE);
}

void trace_write(u32 event, u32 who, u64 a, u64 b)
{
	u64 tsc = __builtin_ia32_rdtsc();
	struct trace_rec rec = {
		.header = HEADER(event, 5) | (u32)TRC_HD_CYCLE_FLAG,
		.tsc_lo = (u32)tsc,
		.tsc_hi = (u32)(tsc >> 32),
		.who = who,
		.arg = { (u32)a, (u32)(a >> 32), (u32)b, (u32)(b >> 32) },
	};

	trace_ring_write(&trace_ring, &rec);
}
