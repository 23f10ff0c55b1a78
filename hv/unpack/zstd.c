// SPDX-License-Identifier: MIT
/*
 * Zstandard. One call for a frame, so that the output is the window.
 * Called by unpack.c. RFC 8878.
 */
#define ZSTD_STATIC_LINKING_ONLY /* decoder state in our memory, bounds */
#include <zstd.h>

#include "unpack/internal.h"

const char *zstd_measure(struct unpack_stream *s)
{
	size_t len = ZSTD_findFrameCompressedSize(s->data, s->len_bytes);
	unsigned long long size;

	if (ZSTD_isError(len))
		return UNPACK_CORRUPT;
	s->len_bytes = len;
	size = ZSTD_getFrameContentSize(s->data, len);
	s->exact = size != ZSTD_CONTENTSIZE_UNKNOWN;
	/* A kernel from a pipe: its blocks tell how large it gets at most. */
	if (!s->exact)
		size = ZSTD_decompressBound(s->data, len);
	if (size == ZSTD_CONTENTSIZE_ERROR)
		return UNPACK_CORRUPT;
	s->out_bytes = size;
	return NULL;
}

const char *zstd_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		     size_t *len_bytes)
{
	size_t size = ZSTD_estimateDCtxSize(), n;
	void *space = unpack_alloc(arena, size);
	ZSTD_DCtx *ctx = space ? ZSTD_initStaticDCtx(space, size) : NULL;

	if (!ctx)
		return UNPACK_NO_MEMORY;
	n = ZSTD_decompressDCtx(ctx, out, (size_t)s->out_bytes, s->data, s->len_bytes);
	if (ZSTD_isError(n))
		return UNPACK_CORRUPT;
	*len_bytes = n;
	return NULL;
}
