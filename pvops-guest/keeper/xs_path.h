/* SPDX-License-Identifier: MIT */
/*
 * xenstore paths and numbers as text. Portable, without state.
 */
#ifndef PVOPS_GUEST_KEEPER_XS_PATH_H
#define PVOPS_GUEST_KEEPER_XS_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_NAME_MAX	   255 /* bytes of one path component */
#define STORE_PATH_MAX	   3072 /* bytes of an absolute path, without the NUL */
#define STORE_RELATIVE_MAX 2048 /* bytes of a relative one */
#define STORE_HOME_MAX	   24 /* room for "/local/domain/65535" */

/* store_domain_path - "/local/domain/N" into out (STORE_HOME_MAX bytes). */
void store_domain_path(uint16_t domid, char *out);

/*
 * store_canonical_path - check a guest's path and make it absolute.
 * @path: NUL-terminated; relative paths start at /local/domain/<domid>
 * @out: at least STORE_PATH_MAX + 1 bytes
 * 0, or -EINVAL: bad character, empty or overlong component, overlong path.
 */
int store_canonical_path(uint16_t domid, const char *path, char *out);

/* path_parent_len - length of the parent of the path's first len bytes; 0 for the root. */
size_t path_parent_len(const char *path, size_t len);

/* path_name - the last component of an absolute path. */
const char *path_name(const char *path);

/* path_is_within - is path the node top or below it? */
bool path_is_within(const char *path, const char *top);

/* put_decimal - the number as text with a NUL; the length without it. */
size_t put_decimal(char *out, uint64_t value);

/* parse_decimal - a number up to max that is the whole string; else -EINVAL. */
int parse_decimal(const char *text, uint32_t max, uint32_t *value);

#endif
