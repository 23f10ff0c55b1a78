/* SPDX-License-Identifier: MIT */
/*
 * What stands behind step=. Called by cmdline.c; pure, tested on the host.
 */
#include "lib/string.h"
#include "platform/step.h"

#define STEP_ALL ((1u << ARRAY_SIZE(kind_names)) - 1)
#define STEP_DOMAIN_MAX 0x7fff

#define KIND_NAME(name) #name,
static const char *const kind_names[] = { STEP_KINDS(KIND_NAME) };
#undef KIND_NAME

/* The bit of a kind's name of n bytes, every kind's for `all`, or 0. */
static u32 kind_of(const char *word, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++)
		if (strlen(kind_names[i]) == n && strncmp(word, kind_names[i], n) == 0)
			return 1u << i;
	return n == 3 && strncmp(word, "all", n) == 0 ? STEP_ALL : 0;
}

/* A number that ends a word, or the whole. */
static bool take_number(const char **at, u64 max, u32 *number)
{
	u64 n;

	if (!str_to_u64(at, &n) || n > max || (**at && **at != ',' && **at != ':'))
		return false;
	*number = (u32)n;
	return true;
}

/* One word of n bytes: a kind, or the one domain. */
static bool take_word(const char *word, size_t n, struct step *s)
{
	const char *at = word + 1;
	u32 kind = kind_of(word, n);

	s->kinds |= kind;
	if (kind)
		return true;
	return n > 1 && word[0] == 'd' && s->domain == STEP_ANY_DOMAIN &&
	       take_number(&at, STEP_DOMAIN_MAX, &s->domain) && at == word + n;
}

const char *step_parse(const char *value, struct step *s)
{
	struct step found = { .domain = STEP_ANY_DOMAIN };
	const char *word = value, *end;

	for (;; word = end + 1) {
		for (end = word; *end && *end != ',' && *end != ':'; end++)
			;
		if (!take_word(word, (size_t)(end - word), &found))
			return word;
		if (*end != ',')
			break;
	}
	if (*end == ':') {
		word = ++end;
		if (!take_number(&end, ~0u, &found.left) || *end || !found.left)
			return word;
	}
	if (!found.kinds)
		return value;
	*s = found;
	return NULL;
}
