// SPDX-License-Identifier: MIT
/*
 * An ordinary C program for i386 Linux, linked statically with the host's
 * glibc. Its thread variables, errno among them, lie at negative offsets of a
 * 4 GiB segment; what it prints depends on all of them being right.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NR_BLOCKS 200

static __thread uint64_t sum = 1;
static __thread char line[80];
static __thread uint8_t bytes[37];

static void mix(const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		/* One of them is a byte store, the other a load and store of two words. */
		bytes[i % sizeof(bytes)] += p[i];
		sum = sum * 6364136223846793005u + bytes[i % sizeof(bytes)];
	}
}

static int by_size(const void *a, const void *b)
{
	size_t left = strlen(*(char *const *)a), right = strlen(*(char *const *)b);

	return (left > right) - (left < right);
}

static void use_the_heap(void)
{
	char *block[NR_BLOCKS];

	for (int i = 0; i < NR_BLOCKS; i++) {
		size_t len = (size_t)(i * 7919 % 1000 + 1);

		block[i] = malloc(len + 1);
		memset(block[i], 'a' + i % 26, len);
		block[i][len] = 0;
	}
	qsort(block, NR_BLOCKS, sizeof(block[0]), by_size);
	for (int i = 0; i < NR_BLOCKS; i++) {
		mix(block[i], strlen(block[i]));
		free(block[i]);
	}
	/* Larger than what the heap takes from brk. */
	block[0] = calloc(1, 300000);
	mix(block[0] + 299000, 1000);
	free(block[0]);
}

static int fail(const char *path)
{
	errno = 0;
	return open(path, O_RDONLY) < 0 ? errno : 0;
}

static jmp_buf back;

static void at_end(void)
{
	printf("at exit: errno %d\n", errno);
}

int main(int argc, char **argv)
{
	double root = 1;
	int nr;

	atexit(at_end);
	for (int i = 0; i < 40; i++)
		root = (root + 2 / root) / 2;
	use_the_heap();
	nr = snprintf(line, sizeof(line), "%s %d %.6f", argv[0], argc, root);
	mix(line, (size_t)nr);
	printf("%s: %016llx\n", line, (unsigned long long)sum);
	printf("open: %s, ", strerror(fail("/nowhere")));
	printf("write: %d, ", (int)write(77, line, 1));
	printf("%s\n", strerror(errno));
	if (!setjmp(back))
		longjmp(back, 1);
	errno = 42;
	return (int)(sum & 0x7f);
}
