/* SPDX-License-Identifier: MIT */
/* Compressed files for test_unpack.c, made by the ordinary tools. */
#ifndef TEST_UNIT_UNPACK_DATA_H
#define TEST_UNIT_UNPACK_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/types.h"

/* Bytes on the heap. data NULL: none. */
struct blob {
	u8 *data;
	size_t len;
};

struct blob blob_copy(const u8 *data, size_t len);
void blob_free(struct blob *b);
/* A file's content; data is NULL if it can't be read. */
struct blob blob_read(const char *path);
/* The same with Linux's four bytes of length behind it. */
struct blob blob_with_length(struct blob b, u32 len);

/* A way to compress. */
struct tool {
	const char *name;
	const char *command;	/* stdin to stdout; %s is a file with the same bytes */
	bool checked;		/* has a check sum over all of the content */
	bool counts_itself;	/* a bzImage adds no length to it */
	bool length_inside;	/* its last four bytes are that */
	bool large;		/* tested with more than one block, too */
};

#define NR_TOOLS 9
extern const struct tool tools[NR_TOOLS];

/* Compress; a tool that fails is a failed test. */
struct blob blob_pack(const struct tool *tool, struct blob original);

/* len bytes of this program's own file, repeated, changed and mixed with noise. */
struct blob data_of_program(size_t len);

/* A Linux bzImage, as far as a boot loader looks, with this payload. */
struct blob bzimage_around(struct blob payload);

#endif
