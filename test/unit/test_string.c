// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
/*
 * The monitor's own memory and string functions, under other names beside
 * libc's, which are the oracle. They aren't in host builds of string.c, so it
 * is included here as the monitor compiles it.
 */
#include <string.h>

#include "harness.h"
#include "lib/types.h"

/* libc's, before the names are taken. */
static void *(*const libc_memcpy)(void *, const void *, size_t) = memcpy;
static void *(*const libc_memmove)(void *, const void *, size_t) = memmove;
static void *(*const libc_memset)(void *, int, size_t) = memset;
static int (*const libc_memcmp)(const void *, const void *, size_t) = memcmp;
static size_t (*const libc_strlen)(const char *) = strlen;
static size_t (*const libc_strnlen)(const char *, size_t) = strnlen;
static int (*const libc_strcmp)(const char *, const char *) = strcmp;
static int (*const libc_strncmp)(const char *, const char *, size_t) = strncmp;
static char *(*const libc_strchr)(const char *, int) = strchr;
static char *(*const libc_strstr)(const char *, const char *) = strstr;

#undef RINGLET_HOST
#define memcpy	own_memcpy
#define memmove own_memmove
#define memset	own_memset
#define memcmp	own_memcmp
#define strlen	own_strlen
#define strnlen own_strnlen
#define strcmp	own_strcmp
#define strncmp own_strncmp
#define strchr	own_strchr
#define strstr	own_strstr
#include "hv/lib/string.c"

#define BUF 160

static uint64_t rng;
static u8 mine[BUF], theirs[BUF];

static u32 below(u32 limit)
{
	return unit_random_below(&rng, limit);
}

static void setup(void)
{
	rng = unit_seed();
}

static void fill(void)
{
	for (int i = 0; i < BUF; i++)
		mine[i] = theirs[i] = (u8)unit_random(&rng);
}

START_TEST(memory)
{
	u8 other[BUF];

	for (int i = 0; i < 20000; i++) {
		u32 n = below(60), to = below(BUF - 60), from = below(BUF - 60);
		int c = (int)below(1024) - 512;

		fill();
		libc_memcpy(other, mine, BUF);
		switch (i % 3) {
		case 0:
			ck_assert(memmove(mine + to, mine + from, n) == mine + to);
			libc_memmove(theirs + to, theirs + from, n);
			break;
		case 1:
			ck_assert(memcpy(mine + to, other + from, n) == mine + to);
			libc_memcpy(theirs + to, other + from, n);
			break;
		default:
			ck_assert(memset(mine + to, c, n) == mine + to);
			libc_memset(theirs + to, c, n);
		}
		if (libc_memcmp(mine, theirs, BUF))
			ck_abort_msg("case %d, %u bytes from %u to %u", i % 3, n, from, to);
	}
}
END_TEST

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

START_TEST(text)
{
	char a[12], b[12];

	for (int i = 0; i < 30000; i++) {
		u32 n = below(14);
		/* Two letters, one of them with the top bit, so that much is alike. */
		for (u32 j = 0; j < sizeof(a); j++) {
			a[j] = below(7) ? below(5) ? 'x' : '\xe4' : '\0';
			b[j] = below(7) ? below(5) ? 'x' : '\xe4' : '\0';
		}
		a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
		if (strlen(a) != libc_strlen(a) || strnlen(a, n) != libc_strnlen(a, n) ||
		    sign(strcmp(a, b)) != sign(libc_strcmp(a, b)) ||
		    sign(strncmp(a, b, n)) != sign(libc_strncmp(a, b, n)) ||
		    sign(memcmp(a, b, n % 12)) != sign(libc_memcmp(a, b, n % 12)) ||
		    strchr(a, 'x') != libc_strchr(a, 'x') || strchr(a, 0) != libc_strchr(a, 0) ||
		    strchr(a, 'y') || strstr(a, b) != libc_strstr(a, b) || strstr(a, "") != a)
			ck_abort_msg("'%s' '%s' %u", a, b, n);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("string");
	TCase *tc = tcase_create("string");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, text);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
