/* SPDX-License-Identifier: MIT */
/* What XZ Embedded wants of where it lives; included by its xz_private.h. */
#ifndef XZ_CONFIG_H
#define XZ_CONFIG_H

#include "lib/string.h"
#include "lib/types.h"
#include "unpack/internal.h"

#define XZ_EXTERN static
#define XZ_DEC_SINGLE
#define XZ_DEC_PREALLOC
#define XZ_DEC_X86	  /* kernels are filtered so */
#define XZ_DEC_ANY_CHECK  /* CRC64 is checked by xz.c */
#define XZ_INTERNAL_CRC32 0

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xz.h>

/* Whose memory the decoder under way takes; its allocator has no argument for it. */
static struct unpack_arena *xz_arena;

/* zlib's. */
static u32 xz_crc32(const u8 *buf, size_t size, u32 crc);

#define kmalloc(size, flags) unpack_alloc(xz_arena, (size))
#define vmalloc(size) unpack_alloc(xz_arena, (size))
#define kfree(p) ((void)(p))
#define vfree(p) ((void)(p))
#define memeq(a, b, size) (memcmp(a, b, size) == 0)
#define memzero(buf, size) memset(buf, 0, size)
#define min_t(type, x, y) ((type)(x) < (type)(y) ? (type)(x) : (type)(y))
#define min(x, y) ((x) < (y) ? (x) : (y))
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#define noinline_for_stack __attribute__((__noinline__))
#define NOINLINE noinline_for_stack
#define get_le32(p) unpack_get32(p)
#define get_unaligned_le32(p) unpack_get32(p)

static inline void put_unaligned_le32(u32 val, u8 *p)
{
	memcpy(p, &val, sizeof(val));
}

static inline u32 get_unaligned_be32(const u8 *p)
{
	return __builtin_bswap32(unpack_get32(p));
}

#endif
