/* SPDX-License-Identifier: MIT */
/* What the fetched decompressors ask of a C library, in the monitor's build. */
#ifndef UNPACK_INCLUDE_STRING_H
#define UNPACK_INCLUDE_STRING_H

#include <stddef.h>

/* Defined in lib/string.c; its header has words that the libraries use too. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
