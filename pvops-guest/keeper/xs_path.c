// SPDX-License-Identifier: MIT
/*
 * xenstore paths and numbers as text. Called by the other xenstore files.
 */

#include "pvops-guest/keeper/xs_path.h"
#include "pvops-guest/lib/string.h"
#include <xen/errno.h>

/* Divides by steps of 32 bits: there is no library for 64-bit division. */
static uint32_t divide_by_ten(uint64_t *value)
{
	uint32_t high = *value >> 32, low = *value, rest = high % 10;
	uint64_t quotient = (uint64_t)(high / 10) << 32;

	for (int shift = 16; shift >= 0; shift -= 16) {
		uint32_t part = rest << 16 | (low >> shift & 0xffff);

		quotient |= (uint64_t)(part / 10) << shift;
		rest = part % 10;
	}
	*value = quotient;
	return rest;
}

size_t put_decimal(char *out, uint64_t value)
{
	char digits[20];
	size_t n = 0, len;

	do
		digits[n++] = '0' + divide_by_ten(&value);
	while (value);
	for (len = 0; n; len++)
		out[len] = digits[--n];
	out[len] = '\0';
	return len;
}

int parse_decimal(const char *text, uint32_t max, uint32_t *value)
{
	uint32_t v = 0;

	if (!*text)
		return -XEN_EINVAL;
	for (; *text; text++) {
		uint32_t digit = (unsigned char)*text - '0';

		if (digit > 9 || v > max / 10 || digit > max - v * 10)
			return -XEN_EINVAL;
		v = v * 10 + digit;
	}
	*value = v;
	return 0;
}

void store_domain_path(uint16_t domid, char *out)
{
	static const char homes[] = "/local/domain/";

	memcpy(out, homes, sizeof(homes));
	put_decimal(out + sizeof(homes) - 1, domid);
}

static bool path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '@';
}

/* Components of path_char()s, single slashes between, none at the end. */
static bool path_is_sound(const char *path)
{
	size_t component = 0;

	if (!strcmp(path, "/"))
		return true;
	for (path++; *path; path++) {
		if (*path == '/') {
			if (!component)
				return false;
			component = 0;
		} else if (!path_char(*path) || ++component > STORE_NAME_MAX) {
			return false;
		}
	}
	return component > 0;
}

int store_canonical_path(uint16_t domid, const char *path, char *out)
{
	size_t len = strnlen(path, STORE_PATH_MAX + 1), home = 0;

	if (len == 0 || len > STORE_PATH_MAX)
		return -XEN_EINVAL;
	if (path[0] != '/') {
		if (len > STORE_RELATIVE_MAX)
			return -XEN_EINVAL;
		store_domain_path(domid, out);
		home = strlen(out);
		out[home++] = '/';
	}
	memcpy(out + home, path, len + 1);
	return path_is_sound(out) ? 0 : -XEN_EINVAL;
}

size_t path_parent_len(const char *path, size_t len)
{
	if (len <= 1)
		return 0;
	while (path[--len] != '/')
		;
	return len ? len : 1;
}

const char *path_name(const char *path)
{
	const char *name = path + 1;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

bool path_is_within(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len == 1)
		return path[0] == '/';
	/* Without the second half domain 1's home would include domain 12's. */
	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}
