// SPDX-License-Identifier: MIT
/*
 * vsnprintf for freestanding guests. Called by debug_printf and by programs
 * that print elsewhere.
 */

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

struct out {
	char *buf;
	size_t size; /* bytes, including the NUL */
	size_t len; /* bytes the text would have so far */
};

struct spec {
	bool left, zero, upper;
	int width, precision; /* precision -1: none */
	int longs; /* 0 int, 1 long or size_t, 2 long long */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, int len)
{
	int pad = s->width > len ? s->width - len : 0;

	for (int i = 0; !s->left && i < pad; i++)
		put(o, ' ');
	for (int i = 0; i < len; i++)
		put(o, text[i]);
	for (int i = 0; s->left && i < pad; i++)
		put(o, ' ');
}

/* Divide in 32-bit steps: a freestanding 32-bit build has no 64-bit division. */
static unsigned int divide(uint64_t *value, unsigned int base)
{
	uint32_t hi = *value >> 32, lo = *value, rem;
	uint32_t qhi = hi / base, qlo;

	asm("divl %4" : "=a"(qlo), "=d"(rem) : "0"(lo), "1"(hi % base), "r"(base));
	*value = (uint64_t)qhi << 32 | qlo;
	return rem;
}

static void put_number(struct out *o, const struct spec *s, uint64_t value, unsigned int base,
		       bool negative)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[80];
	int pos = sizeof(text), min = s->precision;

	if (min < 0)
		min = s->zero && !s->left ? s->width - negative : 1;
	if (min > (int)sizeof(text) - 2)
		min = sizeof(text) - 2;
	while (value || min > 0) {
		text[--pos] = digits[divide(&value, base)];
		min--;
	}
	if (negative)
		text[--pos] = '-';
	put_padded(o, s, text + pos, sizeof(text) - pos);
}

static int parse_number(const char **fmt, va_list *args)
{
	int n = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(*args, int);
	}
	for (; **fmt >= '0' && **fmt <= '9' && n < 1000; (*fmt)++)
		n = n * 10 + (**fmt - '0');
	return n;
}

static struct spec parse_spec(const char **fmt, va_list *args)
{
	struct spec s = {.precision = -1};

	for (;; (*fmt)++) {
		if (**fmt == '-')
			s.left = true;
		else if (**fmt == '0')
			s.zero = true;
		else
			break;
	}
	s.width = parse_number(fmt, args);
	if (s.width < 0) {
		s.left = true;
		s.width = -s.width;
	}
	if (**fmt == '.') {
		(*fmt)++;
		s.precision = parse_number(fmt, args);
	}
	for (;; (*fmt)++) {
		if (**fmt == 'l' || **fmt == 'z')
			s.longs++;
		else if (**fmt != 'h')
			break;
	}
	return s;
}

static uint64_t get_unsigned(const struct spec *s, va_list *args)
{
	if (s->longs > 1)
		return va_arg(*args, unsigned long long);
	return s->longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
}

static int64_t get_signed(const struct spec *s, va_list *args)
{
	if (s->longs > 1)
		return va_arg(*args, long long);
	return s->longs ? va_arg(*args, long) : va_arg(*args, int);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	size_t max = s->precision < 0 ? 1u << 20 : (size_t)s->precision;

	if (!text)
		text = "(null)";
	put_padded(o, s, text, strnlen(text, max));
}

/* One conversion; *fmt stands behind the percent sign. */
static void convert(struct out *o, const char **fmt, va_list *args)
{
	const char *start = *fmt;
	struct spec s = parse_spec(fmt, args);
	int64_t value;
	char c = **fmt;

	if (c)
		(*fmt)++;
	switch (c) {
	case 'd':
	case 'i':
		value = get_signed(&s, args);
		put_number(o, &s, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
		break;
	case 'u':
		put_number(o, &s, get_unsigned(&s, args), 10, false);
		break;
	case 'p':
		s.precision = 2 * sizeof(void *);
		put_number(o, &s, (unsigned long)va_arg(*args, void *), 16, false);
		break;
	case 'X':
		s.upper = true;
		put_number(o, &s, get_unsigned(&s, args), 16, false);
		break;
	case 'x':
		put_number(o, &s, get_unsigned(&s, args), 16, false);
		break;
	case 'c':
		c = va_arg(*args, int);
		put_padded(o, &s, &c, 1);
		break;
	case 's':
		put_string(o, &s, va_arg(*args, const char *));
		break;
	case '%':
		put(o, '%');
		break;
	default:
		put(o, '%');
		*fmt = start;
	}
}

int guest_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = {.buf = buf, .size = size};
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt++;
		convert(&o, &fmt, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

int guest_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = guest_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}
