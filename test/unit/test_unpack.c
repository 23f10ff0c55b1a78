// SPDX-License-Identifier: MIT
/*
 * Compressed kernels: what the ordinary tools write comes out as it went in,
 * and no damage to it is ever more than a refusal.
 *
 *	SOURCES: hv/unpack/unpack.c hv/unpack/gzip.c hv/unpack/xz.c
 *	SOURCES: hv/unpack/lz4.c hv/unpack/zstd.c test/unit/unpack_data.c
 *	WIDTHS: 32 64
 *
 * File, output and arena lie each in its own piece of heap, of the exact size,
 * so ASan sees one byte too far. test/build.mk links the fetched libraries.
 * Claim: Compressed kernels, gzip, xz, lz4 and zstd, unpack to the letter; damage is refused
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "unpack/unpack.h"
#include "unpack_data.h"

/* Unpack a file as the monitor does. NULL and the output, or why not. */
static const char *unpack(struct blob file, struct blob *out)
{
	struct unpack_arena arena = { .size_bytes = UNPACK_ARENA_BYTES };
	struct blob exact = blob_copy(file.data, file.len);
	struct unpack_stream s;
	const char *why = unpack_find(exact.data, exact.len, &s);

	*out = (struct blob){ 0 };
	if (!why && s.out_bytes > 80u << 20)
		why = "more than this test gives";
	if (!why) {
		arena.base = malloc(UNPACK_ARENA_BYTES);
		out->data = malloc((size_t)s.out_bytes);
		memset(arena.base, 0xa5, UNPACK_ARENA_BYTES);
		why = unpack_run(&s, out->data, &arena, &out->len);
		ck_assert(why || out->len <= s.out_bytes);
		free(arena.base);
	}
	if (why)
		blob_free(out);
	free(exact.data);
	return why;
}

static void must_unpack_to(struct blob file, struct blob original, const char *what)
{
	struct blob out;
	const char *why = unpack(file, &out);

	ck_assert_msg(!why, "%s: %s", what, why);
	ck_assert_msg(out.len == original.len && !memcmp(out.data, original.data, out.len),
		      "%s: not what was packed", what);
	blob_free(&out);
}

static void must_be_refused(struct blob file, const char *what)
{
	struct blob out;
	const char *why = unpack(file, &out);

	ck_assert_msg(why != NULL, "%s: unpacked to %zu bytes", what, out.len);
}

/* Everything that Linux, or a user, does with a kernel. */
START_TEST(as_packed)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(tool->large ? 9u << 20 : 700000);
	struct blob packed = blob_pack(tool, original);
	struct blob sized = blob_with_length(packed, (u32)original.len);
	struct blob image = bzimage_around(tool->counts_itself ? packed : sized);

	must_unpack_to(packed, original, tool->name);
	if (!tool->counts_itself)
		must_unpack_to(sized, original, "with its length");
	must_unpack_to(image, original, "in a bzImage");
	blob_free(&original);
	blob_free(&packed);
	blob_free(&sized);
	blob_free(&image);
}
END_TEST

/* A file that ends early, anywhere. */
START_TEST(cut_short)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(60000);
	struct blob packed = blob_pack(tool, original);
	u64 state = unit_seed();

	for (size_t n = 0; n < 1500; n++) {
		size_t len = n < 200 ? n
			     : n < 300 ? packed.len - 1 - (n - 200)
				       : unit_random_below(&state, (u32)packed.len);
		struct blob part = { packed.data, len };

		must_be_refused(part, tool->name);
	}
	blob_free(&original);
	blob_free(&packed);
}
END_TEST

/*
 * Bits flipped, a few at a time. What has a check sum never unpacks to
 * something else; what has none never unpacks to more than it said.
 */
START_TEST(bits_flipped)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(30000);
	struct blob packed = blob_pack(tool, original), out;
	u64 state = unit_seed() + (u64)_i;
	unsigned int refused = 0;

	for (unsigned int n = 0; n < 3000; n++) {
		struct blob bad = blob_copy(packed.data, packed.len);
		unsigned int flips = 1 + unit_random_below(&state, 4);
		/* Heads and ends are where lengths are. */
		u32 range = n % 3 ? (u32)bad.len : MIN(64u, (u32)bad.len);

		while (flips--) {
			u32 at = unit_random_below(&state, range);

			at = n % 6 == 3 ? (u32)bad.len - 1 - at : at;
			bad.data[at] ^= (u8)(1 << unit_random_below(&state, 8));
		}
		if (unpack(bad, &out)) {
			refused++;
		} else {
			ck_assert_msg(!tool->checked || (out.len == original.len &&
				      !memcmp(out.data, original.data, out.len)),
				      "%s: damage went through", tool->name);
			blob_free(&out);
		}
		blob_free(&bad);
	}
	ck_assert_uint_gt(refused, tool->checked ? 2500 : 500);
	blob_free(&original);
	blob_free(&packed);
}
END_TEST

/* A stream that is right in itself, and a length that isn't. */
START_TEST(wrong_length)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(100000);
	struct blob packed = blob_pack(tool, original), bad;
	static const u32 lengths[] = { 0, 1, 99999, 100001, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		bad = blob_with_length(packed, lengths[i]);
		if (tool->length_inside) {
			bad.len -= 4;
			memcpy(bad.data + bad.len - 4, &lengths[i], 4);
		}
		must_be_refused(bad, tool->name);
		blob_free(&bad);
	}
	blob_free(&original);
	blob_free(&packed);
}
END_TEST

/* Something behind the stream that is no length. */
START_TEST(something_behind)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(50000);
	struct blob packed = blob_pack(tool, original);
	struct blob bad = { malloc(packed.len + 64), 0 };

	memcpy(bad.data, packed.data, packed.len);
	memset(bad.data + packed.len, 'x', 64);
	for (size_t n = 1; n <= 64; n++) {
		bad.len = packed.len + n;
		must_be_refused(bad, tool->name);
	}
	blob_free(&bad);
	blob_free(&original);
	blob_free(&packed);
}
END_TEST

/* A bzImage's header says where the payload is, and may lie. */
START_TEST(bzimage_header)
{
	struct blob original = data_of_program(40000);
	struct blob packed = blob_pack(&tools[0], original);
	struct blob image = bzimage_around(packed), part, out;
	static const u32 values[] = { 0,	  1,	      511,	  512,
				      0x10000,	  0x7fffffff, 0x80000000, 0xfffffe00,
				      0xfffffc00, 0xffffffff };
	u64 state = unit_seed();
	u8 saved[8];

	must_unpack_to(image, original, "as it is");
	for (size_t len = 0; len < 0x400; len++) {
		part = (struct blob){ image.data, len };
		must_be_refused(part, "a piece of it");
	}
	memcpy(saved, image.data + 0x248, 8);
	for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
		memcpy(image.data + 0x248, &values[i / ARRAY_SIZE(values)], 4);
		memcpy(image.data + 0x24c, &values[i % ARRAY_SIZE(values)], 4);
		must_be_refused(image, "payload's place");
	}
	memcpy(image.data + 0x248, saved, 8);
	image.data[0x206] = 7;
	must_be_refused(image, "protocol 2.07");
	image.data[0x206] = 8;
	must_unpack_to(image, original, "protocol 2.08");
	for (unsigned int n = 0; n < 2000; n++) {
		struct blob bad = blob_copy(image.data, image.len);

		for (unsigned int i = 0; i < 3; i++)
			bad.data[0x1f1 + unit_random_below(&state, 0x60)] =
				(u8)unit_random_below(&state, 256);
		if (!unpack(bad, &out))
			blob_free(&out);
		blob_free(&bad);
	}
	blob_free(&original);
	blob_free(&packed);
	blob_free(&image);
}
END_TEST

/* No kernel at all, and kernels in formats that nobody serves. */
START_TEST(other_files)
{
	static const char *const heads[] = { "BZh91AY&SY", "\x5d\0\0\x80\0", "\x89LZO\0\r\n",
					     "\x04\x22\x4d\x18\x64", "This is no kernel." };
	u64 state = unit_seed();
	struct blob file = { malloc(4096), 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		memset(file.data, 0, file.len);
		memcpy(file.data, heads[i], strlen(heads[i]) + 1);
		must_be_refused(file, heads[i]);
	}
	/* A magic number, and noise. */
	for (unsigned int n = 0; n < 4000; n++) {
		static const char *const magics[] = { "\x1f\x8b\x08\0", "\xfd" "7zXZ\0\0\x04",
						      "\x02\x21\x4c\x18", "\x28\xb5\x2f\xfd" };
		struct blob out;

		for (size_t i = 0; i < file.len; i++)
			file.data[i] = (u8)unit_random(&state);
		memcpy(file.data, magics[n % 4], n % 4 == 1 ? 8 : 4);
		if (n & 4)
			memcpy(file.data + file.len - 2, "YZ", 2);
		if (!unpack(file, &out))
			blob_free(&out);
	}
	blob_free(&file);
}
END_TEST

/* A decoder without memory says so. */
START_TEST(small_arena)
{
	const struct tool *tool = &tools[_i];
	struct blob original = data_of_program(50000);
	struct blob packed = blob_pack(tool, original);

	for (size_t size = 0; size < UNPACK_ARENA_BYTES; size += 2048) {
		struct unpack_arena arena = { malloc(size), size, 0 };
		struct unpack_stream s;
		const char *why = unpack_find(packed.data, packed.len, &s);
		u8 *out = malloc((size_t)s.out_bytes);
		size_t len;

		ck_assert_ptr_null(why);
		why = unpack_run(&s, out, &arena, &len);
		ck_assert(why || len == original.len);
		ck_assert(arena.used_bytes <= size);
		free(arena.base);
		free(out);
	}
	blob_free(&original);
	blob_free(&packed);
}
END_TEST

/* Debian's kernels, where `make stock-kernels` has fetched them. */
START_TEST(stock_kernels)
{
	static const char *const flavours[] = { "amd64", "cloud" };
	const char *folder = getenv("STOCK") ? getenv("STOCK") : "build/stock";
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(flavours); i++) {
		struct blob packed, elf;

		snprintf(path, sizeof(path), "%s/%s/vmlinuz", folder, flavours[i]);
		packed = blob_read(path);
		snprintf(path, sizeof(path), "%s/%s/vmlinux", folder, flavours[i]);
		elf = blob_read(path);
		if (packed.data && elf.data)
			must_unpack_to(packed, elf, path);
		else
			printf("%s is not there, and not compared\n", path);
		blob_free(&packed);
		blob_free(&elf);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unpack");
	TCase *tc = tcase_create("unpack");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, as_packed, 0, NR_TOOLS);
	tcase_add_loop_test(tc, cut_short, 0, NR_TOOLS);
	tcase_add_loop_test(tc, bits_flipped, 0, NR_TOOLS);
	tcase_add_loop_test(tc, wrong_length, 0, NR_TOOLS);
	tcase_add_loop_test(tc, something_behind, 0, NR_TOOLS);
	tcase_add_loop_test(tc, small_arena, 0, NR_TOOLS);
	tcase_add_test(tc, bzimage_header);
	tcase_add_test(tc, other_files);
	tcase_add_test(tc, stock_kernels);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
