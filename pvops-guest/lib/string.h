/* SPDX-License-Identifier: MIT */
/*
 * The few functions of C's <string.h> that guests use; same contracts.
 * Host builds of portable files link the C library's instead.
 */
#ifndef PVOPS_GUEST_LIB_STRING_H
#define PVOPS_GUEST_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

#endif
