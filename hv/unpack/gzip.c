// SPDX-License-Identifier: MIT
/*
 * gzip, by zlib. The whole output is there, so its window needs no memory.
 * Called by unpack.c. RFC 1952.
 */
#include <zlib.h>

#include "unpack/internal.h"

#define GZIP_MIN 18 /* header and trailer */
#define WINDOW_AND_GZIP (15 + 16)

static void *take(void *arena, unsigned int items, unsigned int size)
{
	size_t n;

	return __builtin_mul_overflow(items, size, &n) ? NULL : unpack_alloc(arena, n);
}

static void leave(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

const char *gzip_measure(struct unpack_stream *s)
{
	if (s->len_bytes < GZIP_MIN || s->len_bytes > 0xffffffff)
		return UNPACK_CORRUPT;
	s->out_bytes = unpack_get32(s->data + s->len_bytes - 4);
	s->exact = true;
	return NULL;
}

const char *gzip_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		     size_t *len_bytes)
{
	z_stream z = {
		.next_in = s->data,
		.avail_in = (unsigned int)s->len_bytes,
		.next_out = out,
		.avail_out = (unsigned int)s->out_bytes,
		.zalloc = take,
		.zfree = leave,
		.opaque = arena,
	};
	int rc = inflateInit2(&z, WINDOW_AND_GZIP);

	if (rc == Z_OK)
		rc = inflate(&z, Z_FINISH);
	if (rc == Z_MEM_ERROR)
		return UNPACK_NO_MEMORY;
	/* What follows the first member is not part of a kernel. */
	if (rc != Z_STREAM_END || z.avail_in)
		return UNPACK_CORRUPT;
	*len_bytes = z.total_out;
	return NULL;
}
