/* SPDX-License-Identifier: MIT */
/* Memory and string functions for a freestanding build; host builds use libc's. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#ifdef RINGLET_HOST
#include <string.h>
#else
#include "lib/types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *what);
#endif

#include "lib/types.h"

/* Copy at most size - 1 bytes and always terminate; returns strlen(src). */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * Parse an unsigned number, decimal or 0x… hex, at *s and advance *s past it.
 * Returns false (and *s untouched) when there is none or it overflows.
 */
bool str_to_u64(const char **s, u64 *val) __must_check;

/* As str_to_u64 with Xen's size suffixes B K M G (default: K as in Xen); bytes. */
bool str_to_size(const char **s, u64 *bytes) __must_check;

#endif
