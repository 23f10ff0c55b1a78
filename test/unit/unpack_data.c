// SPDX-License-Identifier: MIT
/* See unpack_data.h. */
#include "unpack_data.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

/* As Linux's build compresses, and as a user does who has an ELF file. */
const struct tool tools[NR_TOOLS] = {
	{ "gzip", "gzip -9n", true, true, true, false },
	{ "gzip with a name", "gzip -c %s", true, true, true, false },
	{ "xz, CRC64", "xz -c", true, false, false, false },
	{ "xz, blocks", "xz -c -0 --block-size=1MiB", true, false, false, true },
	{ "xz as Linux", "xz --check=crc32 --x86 --lzma2=preset=6,dict=128MiB", true, false, false,
	  false },
	{ "lz4 -l", "lz4 -l -c", false, false, false, true },
	{ "zstd", "zstd -q -c %s", true, false, false, true },
	{ "zstd of a pipe", "zstd -q -c", true, false, false, true },
	{ "zstd as Linux", "zstd -q -c -19 --ultra --long=27 --no-check", false, false, false,
	  false },
};

struct blob blob_copy(const u8 *data, size_t len)
{
	struct blob b = { malloc(len), len };

	memcpy(b.data, data, len);
	return b;
}

void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

struct blob blob_read(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct blob b = { 0 };

	if (!f)
		return b;
	fseek(f, 0, SEEK_END);
	b.len = (size_t)ftell(f);
	rewind(f);
	b.data = malloc(b.len);
	if (fread(b.data, 1, b.len, f) != b.len)
		blob_free(&b);
	fclose(f);
	return b;
}

struct blob blob_with_length(struct blob b, u32 len)
{
	struct blob sized = { malloc(b.len + 4), b.len + 4 };

	memcpy(sized.data, b.data, b.len);
	memcpy(sized.data + b.len, &len, 4);
	return sized;
}

struct blob blob_pack(const struct tool *tool, struct blob original)
{
	char from[] = "/tmp/unpack-from-XXXXXX", to[] = "/tmp/unpack-to-XXXXXX";
	char command[256], line[512];
	int in = mkstemp(from), out = mkstemp(to);
	struct blob packed;

	ck_assert(in >= 0 && out >= 0);
	ck_assert(write(in, original.data, original.len) == (ssize_t)original.len);
	close(in);
	close(out);
	snprintf(command, sizeof(command), tool->command, from);
	snprintf(line, sizeof(line), "cat %s | %s > %s", from, command, to);
	ck_assert_msg(system(line) == 0, "%s", line);
	packed = blob_read(to);
	unlink(from);
	unlink(to);
	ck_assert(packed.data && packed.len);
	return packed;
}

struct blob data_of_program(size_t len)
{
	struct blob program = blob_read("/proc/self/exe"), b = { malloc(len), len };
	u64 state = unit_seed();

	ck_assert(program.data && program.len);
	for (size_t at = 0; at < len;) {
		size_t n = MIN(len - at, program.len);

		memcpy(b.data + at, program.data, n);
		at += n;
	}
	/* Here and there something else: noise, and a run of one byte. */
	for (size_t at = 4096; at + 4096 < len; at += 20000) {
		size_t n = unit_random_below(&state, 2048);

		for (size_t i = 0; i < n; i++)
			b.data[at + i] = (u8)unit_random(&state);
		memset(b.data + at + n, (int)(at & 0xff), n);
	}
	blob_free(&program);
	return b;
}

struct blob bzimage_around(struct blob payload)
{
	const u32 sectors = 3, off = 0x1234, behind = 777;
	struct blob b = { 0 };

	b.len = (sectors + 1) * 512 + off + payload.len + behind;
	b.data = calloc(1, b.len);
	b.data[0x1f1] = (u8)sectors;
	memcpy(b.data + 0x1fe, "\x55\xaa\xeb\x66HdrS\x0f\x02", 10);
	memcpy(b.data + 0x248, &off, 4);
	memcpy(b.data + 0x24c, &(u32){ (u32)payload.len }, 4);
	memcpy(b.data + (sectors + 1) * 512 + off, payload.data, payload.len);
	return b;
}
