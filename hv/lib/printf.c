// SPDX-License-Identifier: MIT
/*
 * printf formatting without a libc.
 *
 * Called by the console, panic and crash reports. Pure, and needs little
 * stack: a panic must be able to use it.
 */
#include "lib/printf.h"

#include "lib/div.h"
#include "lib/string.h"

/* Where the text goes; len counts also what no longer fits. */
struct out {
	char *buf;
	size_t size, len;
};

/* One conversion, as written between '%' and its letter. */
struct spec {
	bool left, zero, plus, space, alt;
	int width; /* 0: none */
	int precision; /* -1: none */
	unsigned int bytes; /* of the integer argument */
	char conv;
};

/* A va_list in a struct, because an array type can't be passed by reference. */
struct args {
	va_list ap;
};

#define DIGITS_MAX 22 /* 2^64 - 1 in octal */

static void put_char(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_fill(struct out *out, char c, int n)
{
	for (; n > 0; n--)
		put_char(out, c);
}

/* Text of n bytes, padded to the width on one side. */
static void put_padded(struct out *out, const struct spec *spec, const char *s, int n)
{
	if (!spec->left)
		put_fill(out, ' ', spec->width - n);
	for (int i = 0; i < n; i++)
		put_char(out, s[i]);
	if (spec->left)
		put_fill(out, ' ', spec->width - n);
}

/* Digits of val, last first; returns how many. Zero has none. */
static int digits_reversed(u64 val, unsigned int base, bool upper, char *digits)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;
	u32 digit;

	while (val) {
		val = div_u64_u32(val, base, &digit);
		digits[n++] = set[digit];
	}
	return n;
}

/* Prefix (sign or 0x), leading zeros, digits, within the field. */
static void put_number(struct out *out, const struct spec *spec, u64 val, const char *prefix)
{
	char digits[DIGITS_MAX];
	unsigned int base = spec->conv == 'o' ? 8 : strchr("xXp", spec->conv) ? 16 : 10;
	int nr_digits = digits_reversed(val, base, spec->conv == 'X', digits);
	int prefix_len = (int)strlen(prefix);
	int nr_zeros = (spec->precision < 0 ? 1 : spec->precision) - nr_digits;
	int pad;

	if (spec->conv == 'o' && spec->alt && nr_zeros < 1)
		nr_zeros = 1;
	if (nr_zeros < 0)
		nr_zeros = 0;
	if (spec->zero && !spec->left && spec->precision < 0)
		nr_zeros = MAX(nr_zeros, spec->width - prefix_len - nr_digits);
	pad = spec->width - prefix_len - nr_zeros - nr_digits;
	if (!spec->left)
		put_fill(out, ' ', pad);
	while (*prefix)
		put_char(out, *prefix++);
	put_fill(out, '0', nr_zeros);
	while (nr_digits)
		put_char(out, digits[--nr_digits]);
	if (spec->left)
		put_fill(out, ' ', pad);
}

static void put_signed(struct out *out, const struct spec *spec, s64 val)
{
	const char *prefix = val < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(out, spec, val < 0 ? 0 - (u64)val : (u64)val, prefix);
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	size_t max = spec->precision < 0 ? INT32_MAX : (size_t)spec->precision;

	if (!s)
		s = "(null)";
	put_padded(out, spec, s, (int)strnlen(s, max));
}

static s64 get_signed(struct args *args, unsigned int bytes)
{
	s64 val = bytes == 8 ? va_arg(args->ap, s64) : va_arg(args->ap, int);

	if (bytes == 1)
		return (s8)val;
	return bytes == 2 ? (s16)val : val;
}

static u64 get_unsigned(struct args *args, unsigned int bytes)
{
	u64 val = bytes == 8 ? va_arg(args->ap, u64) : va_arg(args->ap, unsigned int);

	if (bytes == 1)
		return (u8)val;
	return bytes == 2 ? (u16)val : val;
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		default:
			return p;
		}
	}
}

/* A width or precision: digits, or '*' for an argument. */
static const char *parse_count(const char *p, struct args *args, int *count)
{
	*count = 0;
	if (*p == '*') {
		*count = va_arg(args->ap, int);
		return p + 1;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		if (*count < INT16_MAX)
			*count = *count * 10 + (*p - '0');
	return p;
}

static const char *parse_length(const char *p, struct spec *spec)
{
	spec->bytes = sizeof(int);
	switch (*p) {
	case 'h':
		spec->bytes = p[1] == 'h' ? 1 : 2;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		spec->bytes = p[1] == 'l' ? 8 : sizeof(long);
		return p + (p[1] == 'l' ? 2 : 1);
	case 'j':
		spec->bytes = 8;
		return p + 1;
	case 'z':
	case 't':
		spec->bytes = sizeof(size_t);
		return p + 1;
	default:
		return p;
	}
}

/* Everything between '%' and the letter, which is left in spec->conv. */
static const char *parse_spec(const char *p, struct args *args, struct spec *spec)
{
	*spec = (struct spec){.precision = -1};
	p = parse_flags(p, spec);
	p = parse_count(p, args, &spec->width);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.')
		p = parse_count(p + 1, args, &spec->precision);
	p = parse_length(p, spec);
	spec->conv = *p;
	return p;
}

/* Print one argument; false if the letter isn't known. */
static bool put_conversion(struct out *out, const struct spec *spec, struct args *args)
{
	u64 val;
	char c;

	switch (spec->conv) {
	case 'd':
	case 'i':
		put_signed(out, spec, get_signed(args, spec->bytes));
		return true;
	case 'u':
	case 'o':
		put_number(out, spec, get_unsigned(args, spec->bytes), "");
		return true;
	case 'x':
	case 'X':
		val = get_unsigned(args, spec->bytes);
		put_number(out, spec, val,
			   !spec->alt || !val  ? ""
			   : spec->conv == 'x' ? "0x"
					       : "0X");
		return true;
	case 'p':
		put_number(out, spec, (uintptr_t)va_arg(args->ap, void *), "0x");
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_padded(out, spec, &c, 1);
		return true;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case '%':
		put_char(out, '%');
		return true;
	default:
		return false;
	}
}

int fmt_v(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = {.buf = buf, .size = size};
	struct spec spec;
	struct args args;
	const char *start;

	va_copy(args.ap, ap);
	while (*fmt) {
		start = fmt;
		if (*fmt++ != '%') {
			put_char(&out, *start);
			continue;
		}
		fmt = parse_spec(fmt, &args, &spec);
		if (*fmt)
			fmt++;
		if (!put_conversion(&out, &spec, &args))
			for (; start < fmt; start++)
				put_char(&out, *start);
	}
	va_end(args.ap);
	if (size)
		buf[MIN(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int fmt(char *buf, size_t size, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = fmt_v(buf, size, format, ap);
	va_end(ap);
	return len;
}
