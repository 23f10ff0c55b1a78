/* SPDX-License-Identifier: MIT */
/* Shared by the files of hv/unpack. */
#ifndef UNPACK_INTERNAL_H
#define UNPACK_INTERNAL_H

#include "unpack/unpack.h"

/* What a user reads; the domain's name stands before it. */
#define UNPACK_CORRUPT "compressed kernel image: corrupt, or cut short"
#define UNPACK_LENGTH "compressed kernel image: unpacks to another length than it says"
#define UNPACK_NO_MEMORY "compressed kernel image: its decoder wants too much memory"

/* Memory for a decoder, 16-byte aligned; NULL: none left. */
void *unpack_alloc(struct unpack_arena *arena, size_t n);

/* Little-endian numbers, anywhere. */
u16 unpack_get16(const u8 *p);
u32 unpack_get32(const u8 *p);
u64 unpack_get64(const u8 *p);

/* Formats: struct unpack_format's measure and run. */
const char *gzip_measure(struct unpack_stream *s);
const char *gzip_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		     size_t *len_bytes);
const char *xz_measure(struct unpack_stream *s);
const char *xz_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		   size_t *len_bytes);
const char *lz4_measure(struct unpack_stream *s);
const char *lz4_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		    size_t *len_bytes);
const char *zstd_measure(struct unpack_stream *s);
const char *zstd_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		     size_t *len_bytes);

#endif
