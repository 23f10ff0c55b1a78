// SPDX-License-Identifier: MIT
/*
 * Memory and string functions.
 *
 * Called by everybody, and by the compiler, which turns structure copies into
 * memcpy and memset. Host builds take those from libc and only get the
 * functions that are ours.
 */
#include "lib/string.h"

#ifndef RINGLET_HOST

/*
 * The bulk goes by words, the rest by bytes. The instructions count down in
 * the count register and up in the two index registers; DF is clear in C.
 */
void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;
	size_t words = n / sizeof(long);

	__asm__ volatile("rep movs%z2\n\t"
			 "mov %3, %2\n\t"
			 "rep movsb"
			 : "+D"(d), "+S"(src), "+c"(words)
			 : "r"(n % sizeof(long))
			 : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (d <= s || d >= s + n)
		return memcpy(dst, src, n);
	/* The ends overlap so that going up would read what it has written. */
	d += n - 1;
	s += n - 1;
	__asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;
	size_t words = n / sizeof(long);
	unsigned long fill = (~0UL / 0xff) * (u8)c;

	__asm__ volatile("rep stos%z2\n\t"
			 "mov %3, %1\n\t"
			 "rep stosb"
			 : "+D"(d), "+c"(words)
			 : "a"(fill), "r"(n % sizeof(long))
			 : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		/* Or the compiler sees what this loop is, and calls strlen. */
		barrier();
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; strncmp(s, what, n); s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

#endif /* !RINGLET_HOST */

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = MIN(len, size - 1);

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

/* Value of a digit in either case, or something larger than any base. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	return 99;
}

bool str_to_u64(const char **s, u64 *val)
{
	const char *p = *s;
	unsigned int base = 10;
	u64 sum = 0;

	if (p[0] == '0' && (p[1] | 0x20) == 'x' && digit_value(p[2]) < 16) {
		base = 16;
		p += 2;
	}
	if (digit_value(*p) >= base)
		return false;
	for (; digit_value(*p) < base; p++) {
		if (__builtin_mul_overflow(sum, (u64)base, &sum) ||
		    __builtin_add_overflow(sum, (u64)digit_value(*p), &sum))
			return false;
	}
	*s = p;
	*val = sum;
	return true;
}

bool str_to_size(const char **s, u64 *bytes)
{
	const char *p = *s;
	unsigned int shift = 10;
	bool suffix = true;
	u64 n;

	if (!str_to_u64(&p, &n))
		return false;
	switch (*p | 0x20) {
	case 'b':
		shift = 0;
		break;
	case 'k':
		break;
	case 'm':
		shift = 20;
		break;
	case 'g':
		shift = 30;
		break;
	default:
		suffix = false;
	}
	if (n > ~0ULL >> shift)
		return false;
	*s = p + suffix;
	*bytes = n << shift;
	return true;
}
