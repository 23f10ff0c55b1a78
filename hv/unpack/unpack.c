// SPDX-License-Identifier: MIT
/*
 * Finding the compressed kernel in a file, and unpacking it to the letter.
 *
 * Called by domain/kernel.c; calls one file per format.
 */
#include "unpack/unpack.h"
#include "lib/string.h"
#include "unpack/internal.h"

/* A bzImage's setup header: offsets in the file. Linux, boot.rst. */
#define SETUP_SECTS	   0x1f1
#define SETUP_BOOT_FLAG	   0x1fe
#define SETUP_MAGIC	   0x202
#define SETUP_VERSION	   0x206
#define SETUP_PAYLOAD_OFF  0x248
#define SETUP_PAYLOAD_LEN  0x24c
#define SETUP_END	   0x250
#define SETUP_SECTS_OLD	   4	 /* what 0 means */
#define SECTOR		   512
#define VERSION_PAYLOAD	   0x208 /* the first that says where the payload is */

static const struct unpack_format formats[] = {
	{ { 0x1f, 0x8b }, 2, gzip_measure, gzip_run },
	{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, xz_measure, xz_run },
	{ { 0x02, 0x21, 0x4c, 0x18 }, 4, lz4_measure, lz4_run },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, zstd_measure, zstd_run },
	/* LZ4's newer frames, bzip2, LZMA, LZO: known, and refused by their names. */
	{ { 0x04, 0x22, 0x4d, 0x18 }, 4, NULL, NULL },
	{ { 'B', 'Z', 'h' }, 3, NULL, NULL },
	{ { 0x5d, 0, 0 }, 3, NULL, NULL },
	{ { 0x89, 'L', 'Z', 'O' }, 4, NULL, NULL },
};

void *unpack_alloc(struct unpack_arena *arena, size_t n)
{
	size_t at = ROUND_UP(arena->used_bytes, (size_t)16);

	if (at > arena->size_bytes || n > arena->size_bytes - at)
		return NULL;
	arena->used_bytes = at + n;
	return arena->base + at;
}

u16 unpack_get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

u32 unpack_get32(const u8 *p)
{
	return unpack_get16(p) | (u32)unpack_get16(p + 2) << 16;
}

u64 unpack_get64(const u8 *p)
{
	return unpack_get32(p) | (u64)unpack_get32(p + 4) << 32;
}

bool unpack_is_elf(const u8 *head, size_t len_bytes)
{
	return len_bytes >= 4 && !memcmp(head, "\177ELF", 4);
}

/* Where a bzImage keeps its payload; not a bzImage: all of the file. */
static const char *find_payload(const u8 *file, size_t len_bytes, struct unpack_stream *s)
{
	u64 off;
	u32 len, sectors;

	*s = (struct unpack_stream){ .data = file, .len_bytes = len_bytes };
	if (len_bytes < SETUP_END || unpack_get16(file + SETUP_BOOT_FLAG) != 0xaa55 ||
	    memcmp(file + SETUP_MAGIC, "HdrS", 4))
		return NULL;
	if (unpack_get16(file + SETUP_VERSION) < VERSION_PAYLOAD)
		return "bzImage of a boot protocol before 2.08: unpack it to ELF first";
	sectors = file[SETUP_SECTS] ? file[SETUP_SECTS] : SETUP_SECTS_OLD;
	off = (u64)(sectors + 1) * SECTOR + unpack_get32(file + SETUP_PAYLOAD_OFF);
	len = unpack_get32(file + SETUP_PAYLOAD_LEN);
	if (off > len_bytes || len > len_bytes - off)
		return "bzImage whose payload lies outside the file";
	s->data = file + off;
	s->len_bytes = len;
	return NULL;
}

static const struct unpack_format *find_format(const struct unpack_stream *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (s->len_bytes >= formats[i].magic_len &&
		    !memcmp(s->data, formats[i].magic, formats[i].magic_len))
			return &formats[i];
	return NULL;
}

const char *unpack_find(const u8 *file, size_t len_bytes, struct unpack_stream *s)
{
	const char *why = find_payload(file, len_bytes, s);
	size_t there, behind;
	u32 said;

	if (why)
		return why;
	s->format = find_format(s);
	if (!s->format)
		return s->data == file ? "neither an ELF file nor a compressed kernel"
				       : "bzImage whose payload is of no known format";
	if (!s->format->measure)
		return "compressed kernel image: only gzip, xz, zstd and lz4 -l are unpacked";
	there = s->len_bytes;
	why = s->format->measure(s);
	if (why)
		return why;
	behind = there - s->len_bytes;
	if (!s->out_bytes || (behind && behind != 4))
		return UNPACK_CORRUPT;
	if (!behind)
		return NULL;
	/* Linux puts the length behind what doesn't tell it by itself. */
	said = unpack_get32(s->data + s->len_bytes);
	if (said > s->out_bytes || (s->exact && said != s->out_bytes))
		return UNPACK_LENGTH;
	s->out_bytes = said;
	s->exact = true;
	return NULL;
}

const char *unpack_run(const struct unpack_stream *s, u8 *out, struct unpack_arena *arena,
		       size_t *len_bytes)
{
	const char *why;

	if (s->out_bytes > (size_t)-1 / 2)
		return UNPACK_LENGTH;
	*len_bytes = 0;
	why = s->format->run(s, out, arena, len_bytes);
	if (!why && s->exact && *len_bytes != s->out_bytes)
		why = UNPACK_LENGTH;
	return why;
}
