/* SPDX-License-Identifier: MIT */
/*
 * Front door of hv/unpack: kernels that come compressed.
 *
 * Pure: memory in, memory out, no globals but one (xz.c), no allocation beyond
 * the arena. Every byte of the file is hostile. The decoders are kept libraries,
 * fetched by hv/unpack/fetch; what is here finds the stream, says how large it
 * gets, and holds them to it. Called by domain/kernel.c.
 */
#ifndef UNPACK_UNPACK_H
#define UNPACK_UNPACK_H

#include "lib/types.h"

/* Memory for a decoder's state, given out once and never back. */
struct unpack_arena {
	u8 *base;
	size_t size_bytes, used_bytes;
};

/* Enough for each of the decoders: zstd's, the largest, takes 160 kB. */
#define UNPACK_ARENA_BYTES (256 * 1024)

/* What one kind of compression is. All functions return NULL, or what is wrong. */
struct unpack_stream;
struct unpack_format {
	u8 magic[6];
	u8 magic_len;
	/**
	 * Find a stream's end and how large it gets, from its framing alone.
	 * @s: data and len_bytes are what there is; sets both, and out_bytes
	 * and exact. NULL in the table: a format that is not served.
	 */
	const char *(*measure)(struct unpack_stream *s);
	/* As unpack_run(), which see. */
	const char *(*run)(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
			   size_t *len_bytes);
};

/* A compressed stream somewhere in a file. */
struct unpack_stream {
	const struct unpack_format *format;
	const u8 *data;
	size_t len_bytes;
	u64 out_bytes;	/* what it unpacks to, or if not exact: at most that */
	bool exact;
};

/* Whether a file that begins so is an ELF image as it is. */
bool unpack_is_elf(const u8 *head, size_t len_bytes);

/**
 * Find the compressed kernel in a file: a Linux bzImage of boot protocol 2.08
 * or later, or a bare stream; either may have Linux's four bytes of length behind it.
 * @file, @len_bytes: all of it; @s: filled in on success.
 * Returns NULL, or a constant string that says why not.
 * Linux: Documentation/arch/x86/boot.rst, payload_offset.
 */
const char *unpack_find(const u8 *file, size_t len_bytes, struct unpack_stream *s) __must_check;

/**
 * Unpack a stream that unpack_find() has found.
 * @out: s->out_bytes bytes; never more is written. @arena: memory for the
 * decoder's state; may have been used before. @len_bytes: what came out.
 * Returns NULL, or a constant string; then what is in @out means nothing.
 * The check sums that the format has are verified. Takes as long as it takes,
 * some 10 ns a byte; may be interrupted anywhere.
 */
const char *unpack_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		       size_t *len_bytes) __must_check;

#endif
