// SPDX-License-Identifier: MIT
/*
 * LZ4 in the old frames that Linux and `lz4 -l` write: a magic number, then
 * blocks of up to 8 MiB, each behind its length. No check sum.
 * Called by unpack.c. LZ4 Frame Format, "Legacy frame".
 */
#include <lz4.h>

#include "unpack/internal.h"

#define LZ4_HEAD 4
#define LZ4_BLOCK_MAX (8u << 20)

/* The next block's length, or 0: no whole block is there. Linux's length is none. */
static u32 block_at(const struct unpack_stream *s, size_t at)
{
	size_t left = s->len_bytes - at;
	u32 len = left > 4 ? unpack_get32(s->data + at) : 0;

	return len <= (u32)LZ4_COMPRESSBOUND(LZ4_BLOCK_MAX) && left >= 4 && len <= left - 4 ? len
											    : 0;
}

const char *lz4_measure(struct unpack_stream *s)
{
	size_t at = LZ4_HEAD;
	u32 len;

	for (s->out_bytes = 0; (len = block_at(s, at)) != 0; at += 4 + len)
		s->out_bytes += LZ4_BLOCK_MAX;
	s->len_bytes = at;
	s->exact = false;
	return NULL;
}

const char *lz4_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		    size_t *len_bytes)
{
	size_t done = 0;
	u32 len;

	(void)arena;
	for (size_t at = LZ4_HEAD; (len = block_at(s, at)) != 0; at += 4 + len) {
		size_t room = MIN((size_t)s->out_bytes - done, (size_t)LZ4_BLOCK_MAX);
		int n = LZ4_decompress_safe((const char *)s->data + at + 4, (char *)out + done,
					    (int)len, (int)room);

		if (n < 0)
			return UNPACK_CORRUPT;
		done += (size_t)n;
	}
	*len_bytes = done;
	return NULL;
}
