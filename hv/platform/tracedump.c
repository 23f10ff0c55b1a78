/* SPDX-License-Identifier: MIT */
/*
 * The trace on the console, as base64: for machines whose memory nobody else
 * reads. test/host/trace.py makes of a console's log what it makes of memory.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "platform/trace.h"

#define RECS_A_LINE 6 /* 192 bytes, 256 characters */
#define LINE_BYTES (RECS_A_LINE * sizeof(struct trace_rec))

_Static_assert(LINE_BYTES % 3 == 0, "a full line needs no padding");

/* text has room for 4 characters per 3 bytes begun, and a NUL. */
static void encode(const u8 *bytes, size_t nr, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < nr; i += 3) {
		u32 group = (u32)bytes[i] << 16 | (i + 1 < nr ? (u32)bytes[i + 1] << 8 : 0) |
			    (i + 2 < nr ? bytes[i + 2] : 0u);

		*text++ = digits[group >> 18];
		*text++ = digits[group >> 12 & 63];
		*text++ = i + 1 < nr ? digits[group >> 6 & 63] : '=';
		*text++ = i + 2 < nr ? digits[group & 63] : '=';
	}
	*text = '\0';
}

static void print_records(const struct trace_rec *rec, unsigned int nr)
{
	char text[LINE_BYTES / 3 * 4 + 1];

	encode((const u8 *)rec, nr * sizeof(*rec), text);
	printk("trace-data %s", text);
}

void trace_dump(u32 most)
{
	const struct trace_ring *t = &trace_ring;
	u32 nr_recs, slot;
	u64 left, written = trace_ring_written(t);

	if (!t->shared)
		return;
	nr_recs = (u32)(t->end - t->shared->rec);
	/* The newest that the ring still holds, whatever a reader has taken. */
	left = MIN(written, (u64)MIN(nr_recs, most));
	slot = (u32)(t->next - t->shared->rec);
	slot = slot >= left ? slot - (u32)left : slot + nr_recs - (u32)left;
	printk("trace-head %u bits, %u kHz, %llu written, %llu lost, from %llu",
	       8 * (unsigned int)sizeof(long), time_tsc_khz(),
	       (unsigned long long)written, (unsigned long long)(written - left),
	       (unsigned long long)trace_start_tsc());
	while (left) {
		unsigned int nr = (unsigned int)MIN(left, (u64)RECS_A_LINE);

		nr = MIN(nr, nr_recs - slot);
		print_records(&t->shared->rec[slot], nr);
		left -= nr;
		slot = (slot + nr) % nr_recs;
	}
	console_sync();
}
