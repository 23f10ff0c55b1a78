// SPDX-License-Identifier: MIT
/*
 * XZ, by XZ Embedded. The output is the dictionary, whatever its size: kernels
 * ask for up to 128 MiB of it. Called by unpack.c.
 *
 * The library is included whole, to reach into it once: a stream whose check it
 * doesn't know (CRC64, what `xz` writes by default) is only decoded in steps,
 * and its decoder below would then want a dictionary of its own.
 * The .xz File Format 1.1.0.
 */
#include <zlib.h> /* its CRC32 is fast */

#include "unpack/internal.h"

#include <xz_dec_lzma2.c>
#include <xz_dec_bcj.c>
#include <xz_dec_stream.c>

#define XZ_HEADER 12 /* and so long is the footer */
#define XZ_FLAGS 7   /* in the header: which check */
#define CRC64_POLYNOMIAL 0xc96c5795d7870f42ULL

enum { CHECK_NONE, CHECK_CRC32, CHECK_CRC64 = 4 };

/* Reading the index: what the blocks' sizes are. */
struct index {
	const u8 *at, *end;
};

static u32 xz_crc32(const u8 *buf, size_t size, u32 crc)
{
	return (u32)crc32_z(crc, buf, size);
}

/* A number of up to 63 bits, seven in a byte. */
static bool read_number(struct index *ix, u64 *val)
{
	*val = 0;
	for (unsigned int shift = 0; shift < 63 && ix->at < ix->end; shift += 7) {
		u8 byte = *ix->at++;

		*val |= (u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The index, by the footer's word; the decoder verifies both. */
static bool find_index(const struct unpack_stream *s, struct index *ix, u64 *nr_blocks)
{
	const u8 *footer = s->data + s->len_bytes - XZ_HEADER;
	u64 size = ((u64)unpack_get32(footer + 4) + 1) * 4;

	if (size > s->len_bytes - 2 * XZ_HEADER)
		return false;
	*ix = (struct index){ footer - size, footer };
	return *ix->at++ == 0 && read_number(ix, nr_blocks);
}

const char *xz_measure(struct unpack_stream *s)
{
	u64 nr_blocks, stored, size;
	struct index ix;

	if (s->len_bytes < 2 * XZ_HEADER + 4)
		return UNPACK_CORRUPT;
	if (memcmp(s->data + s->len_bytes - 2, "YZ", 2))
		s->len_bytes -= 4; /* Linux's length must be behind it */
	if (s->len_bytes < 2 * XZ_HEADER || memcmp(s->data + s->len_bytes - 2, "YZ", 2) ||
	    !find_index(s, &ix, &nr_blocks))
		return UNPACK_CORRUPT;
	s->out_bytes = 0;
	while (nr_blocks--)
		if (!read_number(&ix, &stored) || !read_number(&ix, &size) ||
		    __builtin_add_overflow(s->out_bytes, size, &s->out_bytes))
			return UNPACK_CORRUPT;
	s->exact = true;
	return NULL;
}

static u64 crc64(const u64 *table, const u8 *data, size_t n)
{
	u64 crc = ~0ULL;

	while (n--)
		crc = table[(u8)crc ^ *data++] ^ crc >> 8;
	return ~crc;
}

static void make_crc64_table(u64 *table)
{
	for (unsigned int i = 0; i < 256; i++) {
		u64 r = i;

		for (unsigned int bit = 0; bit < 8; bit++)
			r = r & 1 ? r >> 1 ^ CRC64_POLYNOMIAL : r >> 1;
		table[i] = r;
	}
}

/* Each block's CRC64: its last 8 bytes. The index counts without the padding. */
static const char *check_crc64(const struct unpack_stream *s, const u8 *out,
			       struct unpack_arena *arena)
{
	u64 *table = unpack_alloc(arena, 256 * sizeof(*table));
	u64 nr_blocks, stored, size, from = XZ_HEADER, to = 0;
	struct index ix;

	if (!table)
		return UNPACK_NO_MEMORY;
	make_crc64_table(table);
	if (!find_index(s, &ix, &nr_blocks))
		return UNPACK_CORRUPT;
	while (nr_blocks--) {
		if (!read_number(&ix, &stored) || !read_number(&ix, &size) || stored < 8 ||
		    stored > s->len_bytes - from || size > s->out_bytes - to)
			return UNPACK_CORRUPT;
		from += ROUND_UP(stored, 4ULL);
		if (from > s->len_bytes || unpack_get64(s->data + from - 8) !=
						   crc64(table, out + to, (size_t)size))
			return UNPACK_CORRUPT;
		to += size;
	}
	return NULL;
}

const char *xz_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		   size_t *len_bytes)
{
	struct xz_buf b = {
		.in = s->data, .in_size = s->len_bytes,
		.out = out, .out_size = (size_t)s->out_bytes,
	};
	u8 check = s->data[XZ_FLAGS];
	struct xz_dec *dec;
	enum xz_ret rc;

	if (check != CHECK_NONE && check != CHECK_CRC32 && check != CHECK_CRC64)
		return "compressed kernel image: its check is neither CRC32 nor CRC64";
	xz_arena = arena;
	dec = xz_dec_init(XZ_SINGLE, 0);
	if (!dec)
		return UNPACK_NO_MEMORY;
	/* In steps, but with the output as dictionary. There are never more than two. */
	dec->mode = XZ_PREALLOC;
	rc = xz_dec_run(dec, &b);
	if (rc == XZ_UNSUPPORTED_CHECK)
		rc = xz_dec_run(dec, &b);
	if (rc == XZ_OPTIONS_ERROR)
		return "compressed kernel image: xz with a filter other than x86";
	if (rc != XZ_STREAM_END || b.in_pos != b.in_size)
		return UNPACK_CORRUPT;
	*len_bytes = b.out_pos;
	return check == CHECK_CRC64 ? check_crc64(s, out, arena) : NULL;
}
