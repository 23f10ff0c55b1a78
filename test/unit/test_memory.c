/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * The frame allocator, on machines from 64 MB to beyond 4 GB, and under random
 * use against a map of one byte per frame.
 *
 *	SOURCES: hv/platform/memory.c
 * See: ABI 1.3
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define MB	    0x100000ULL
#define GB	    (1024 * MB)
#define RAM	    1
#define RESERVED    2
#define DIRECTMAP   (32 * MB)
#define IMAGE_START (1 * MB)
#define IMAGE_END   (3 * MB)
/* The map of up to 64 MB: a page, in the first room. */
#define USED_END    (IMAGE_END + PAGE_SIZE)

struct boot_info boot_info;
const u64 directmap_bytes = DIRECTMAP, early_map_bytes = 3 * GB;
extern const char _start_image[], _end_image[];
const char _start_image[1], _end_image[1];
static char *directmap;

void *directmap_va(u64 maddr)
{
	ck_assert(maddr < DIRECTMAP);
	return directmap + maddr;
}

u64 directmap_maddr(const void *va)
{
	if (va == _start_image)
		return IMAGE_START;
	if (va == _end_image)
		return IMAGE_END;
	return (u64)((const char *)va - directmap);
}

/* The machine can't be used: seen by the test that wants it. */
void panic(const char *format, ...)
{
	fprintf(stderr, "panic: %s\n", format);
	abort();
}

static void region(u64 start, u64 end, u32 type)
{
	boot_info.regions[boot_info.nr_regions++] = (struct boot_region){start, end, type};
}

static struct boot_module *module(u64 start, u64 len)
{
	struct boot_module *m = &boot_info.modules[boot_info.nr_modules++];

	m->start = start;
	m->len_bytes = len;
	return m;
}

/* A machine with `top` bytes of memory, as a PC shows it. */
static void machine(u64 top)
{
	memset(&boot_info, 0, sizeof(boot_info));
	region(0, 0x9fc00, RAM);
	region(0x9fc00, 0xa0000, RESERVED);
	region(0xf0000, MB, RESERVED);
	region(MB, MIN(top, 3 * GB), RAM);
	region(0xfffc0000, 4 * GB, RESERVED);
	if (top > 3 * GB)
		region(4 * GB, top + GB, RAM);
}

static void setup(void)
{
	directmap = calloc(1, DIRECTMAP);
	machine(64 * MB);
}

static void teardown(void)
{
	free(directmap);
}

START_TEST(small_machine)
{
	frames_init();
	ck_assert_uint_eq(max_mfn, 64 * MB / PAGE_SIZE);
	ck_assert_uint_eq(frames_nr_free(), (64 * MB - USED_END) / PAGE_SIZE);
	ck_assert_uint_eq(frame_alloc_any().v, max_mfn - 1);
	ck_assert(frame_is_ram(MFN(0x9e)) && !frame_is_ram(MFN(0x9f)));
	ck_assert(!frame_is_ram(MFN(0xb8)) && frame_is_ram(MFN(0x100)));
	ck_assert(!frame_is_ram(MFN(max_mfn)));
	/* What the machine's owner may map: not RAM, nor the interrupt controllers. */
	ck_assert(frame_is_io(MFN(0)) && frame_is_io(MFN(0x9e)) && frame_is_io(MFN(0xff)));
	ck_assert(!frame_is_io(MFN(0x100)) && !frame_is_io(MFN(max_mfn - 1)));
	ck_assert(frame_is_io(MFN(max_mfn)) && frame_is_io(MFN(0xfebff)));
	ck_assert(!frame_is_io(MFN(0xfec00)) && !frame_is_io(MFN(0xfee00)));
	ck_assert(frame_is_io(MFN(0xfff80)));
}
END_TEST

START_TEST(large_machines)
{
	u64 map_bytes;

	machine(4 * GB);
	frames_init();
	ck_assert_uint_eq(max_mfn, 5 * GB / PAGE_SIZE);
	ck_assert_uint_eq(frames_nr_total(), 4 * GB / PAGE_SIZE - 0x61);
	/* A bit for each frame up to 5 GiB, and one for each word of them. */
	map_bytes = 5 * GB / PAGE_SIZE / 8 + 5 * GB / PAGE_SIZE / 8 / BITS_PER_LONG;
	map_bytes = ROUND_UP(map_bytes, PAGE_SIZE);
	ck_assert_uint_eq(frames_nr_free(), (4 * GB - IMAGE_END - map_bytes) / PAGE_SIZE);
	ck_assert(frame_is_ram(MFN(0x100000)) && !frame_is_ram(MFN(0xc0000)));
	ck_assert_uint_eq(frame_alloc_any().v, 3 * GB / PAGE_SIZE - 1);
	ck_assert_uint_eq(frames_alloc(1, 1, 0x1000).v, 0xfff);
	/* Above 4 GiB when there is nothing left but the heap's. */
	while (frames_alloc(1, 1, 0x100000).v >= DIRECTMAP / PAGE_SIZE)
		;
	ck_assert_uint_eq(frame_alloc_any().v, max_mfn - 1);

	machine(4ULL * FRAMES_MAX * PAGE_SIZE); /* more than the frame table holds */
	frames_init();
	ck_assert_uint_eq(max_mfn, FRAMES_MAX);
	ck_assert_uint_eq(frames_alloc(1u << 20, 1, 0).v, FRAMES_MAX - (1u << 20));
}
END_TEST

START_TEST(odd_maps)
{
	boot_info.nr_regions = 0;
	region(8 * MB + 1, 16 * MB - 1, RAM); /* no whole pages at the edges */
	region(4 * MB, 12 * MB, RAM); /* overlaps */
	region(10 * MB + 1, 10 * MB + 2, RESERVED); /* inside */
	region(~0ULL - 4, ~0ULL, RAM);
	region(6 * MB, 5 * MB, RAM); /* backwards */
	region(17 * MB, 17 * MB, RESERVED);
	frames_init();
	ck_assert_uint_eq(max_mfn, 16 * MB / PAGE_SIZE - 1);
	ck_assert(!frame_is_ram(MFN(10 * MB / PAGE_SIZE)));
	ck_assert(frame_is_ram(MFN(10 * MB / PAGE_SIZE + 1)));
	ck_assert_uint_eq(frames_nr_total(), 12 * MB / PAGE_SIZE - 2);
}
END_TEST

START_TEST(modules_are_kept_until_given_back)
{
	struct boot_module *m = module(40 * MB, 5000), *odd = module(50 * MB, 0);
	struct boot_module *wild = module(3000 * MB, 4096);
	unsigned long before;

	frames_init();
	before = frames_nr_free();
	ck_assert_uint_eq(before, (64 * MB - USED_END) / PAGE_SIZE - 2);
	frames_free_module(odd);
	frames_free_module(wild);
	ck_assert_uint_eq(frames_nr_free(), before);
	frames_free_module(m);
	ck_assert_uint_eq(frames_nr_free(), before + 2);
}
END_TEST

START_TEST(modules_that_overlap_are_not_given_back_twice)
{
	struct boot_module *a = module(40 * MB, 8192), *b = module(40 * MB + 4096, 8192);
	struct boot_module *image = module(2 * MB, 4096);
	unsigned long before;

	frames_init();
	before = frames_nr_free();
	frames_free_module(a);
	frames_free_module(b);
	frames_free_module(image);
	ck_assert_uint_eq(frames_nr_free(), before + 2);
}
END_TEST

START_TEST(the_map_meets_nothing_of_the_boot)
{
	const u64 taken[][2] = {
		{ IMAGE_END, 100 },		 /* begins where the map would */
		{ IMAGE_END + PAGE_SIZE + 4000, 8192 },
		{ IMAGE_END + 5 * PAGE_SIZE - 1, 1 }, /* ends in the page in between */
	};
	char *behind = directmap + IMAGE_END + 5 * PAGE_SIZE;

	memset(directmap, 0x55, DIRECTMAP);
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++)
		module(taken[i][0], taken[i][1]);
	frames_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++)
		for (u64 at = taken[i][0]; at < taken[i][0] + taken[i][1]; at++)
			ck_assert_int_eq(directmap[at], 0x55);
	ck_assert_int_ne(*behind, 0x55);
	/* Nor is it ever given away. */
	for (char *page; (page = heap_alloc_pages(1));)
		ck_assert_ptr_ne(page, behind);
}
END_TEST

START_TEST(no_room_for_the_map)
{
	module(IMAGE_END, 61 * MB);
	frames_init();
}
END_TEST

START_TEST(aligned_runs)
{
	mfn_t m;

	frames_init();
	(void)frame_alloc_any();
	m = frames_alloc(512, 512, 0);
	ck_assert_uint_eq(m.v, max_mfn - 1024);
	m = frames_alloc(3, 1, 0x2100);
	ck_assert_uint_eq(m.v, 0x20fd);
	m = frames_alloc(64, 64, 0x2100);
	ck_assert_uint_eq(m.v, 0x2080);
	ck_assert(mfn_eq(frames_alloc(1u << 20, 1, 0), INVALID_MFN));
	ck_assert(mfn_eq(frames_alloc(0, 1, 0), INVALID_MFN));
}
END_TEST

START_TEST(the_heap_keeps_a_reserve)
{
	unsigned long n = 0;
	char *page;

	frames_init();
	while (!mfn_eq(frame_alloc_any(), INVALID_MFN))
		n++;
	ck_assert_uint_eq(n, (64 * MB - USED_END) / PAGE_SIZE - 512);
	page = heap_alloc_pages(2);
	ck_assert_ptr_nonnull(page);
	memset(page, 0x55, 2 * PAGE_SIZE);
	heap_free_pages(page, 2);
	page = heap_alloc_pages(2);
	for (unsigned long i = 0; i < 2 * PAGE_SIZE; i++)
		ck_assert_int_eq(page[i], 0);
	ck_assert_uint_eq(heap_nr_pages_used(), 2);
	for (n = 2; heap_alloc_pages(1); n++)
		;
	ck_assert_uint_eq(n, 512);
}
END_TEST

START_TEST(double_free_is_a_bug)
{
	mfn_t m;

	frames_init();
	m = frame_alloc_any();
	frames_free(m, 1);
	frames_free(m, 1);
}
END_TEST

/* What frames_alloc promises, by looking at every frame. */
static unsigned long model_find(const u8 *free_frames, unsigned long nr, unsigned long align,
				unsigned long end)
{
	for (unsigned long first = ROUND_DOWN(end - nr, align); first; first -= align) {
		unsigned long n = 0;

		while (n < nr && free_frames[first + n])
			n++;
		if (n == nr)
			return first;
		if (first < align)
			break;
	}
	return ~0UL;
}

START_TEST(random_use_agrees_with_a_plain_search)
{
	static u8 model[64 * MB / PAGE_SIZE];
	static struct {
		unsigned long first, nr;
	} held[3000];
	uint64_t state = unit_seed();
	unsigned int nr_held = 0;

	frames_init();
	memset(model, 1, sizeof(model));
	memset(model, 0, USED_END / PAGE_SIZE);
	for (int i = 0; i < 6000; i++) {
		bool one = unit_random_below(&state, 4);
		unsigned long nr = one ? 1 : 1 + unit_random_below(&state, 70);
		unsigned long align = 1u << unit_random_below(&state, 5);
		unsigned long limit = 0x2000, want;

		limit += unit_random_below(&state, (uint32_t)(max_mfn - limit));
		if (nr_held == 3000 || (nr_held && unit_random_below(&state, 3) == 0)) {
			unsigned int k = unit_random_below(&state, nr_held);

			frames_free(MFN(held[k].first), held[k].nr);
			memset(model + held[k].first, 1, held[k].nr);
			held[k] = held[--nr_held];
			continue;
		}
		want = model_find(model, nr, align, limit);
		if (want == ~0UL || want < DIRECTMAP / PAGE_SIZE)
			continue; /* the reserve has a test of its own */
		ck_assert_uint_eq(frames_alloc(nr, align, limit).v, want);
		memset(model + want, 0, nr);
		held[nr_held].first = want;
		held[nr_held++].nr = nr;
	}
	while (nr_held--)
		frames_free(MFN(held[nr_held].first), held[nr_held].nr);
	ck_assert_uint_eq(frames_nr_free(), (64 * MB - USED_END) / PAGE_SIZE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memory");
	TCase *tc = tcase_create("frames");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, small_machine);
	tcase_add_test(tc, large_machines);
	tcase_add_test(tc, odd_maps);
	tcase_add_test(tc, modules_are_kept_until_given_back);
	tcase_add_test(tc, modules_that_overlap_are_not_given_back_twice);
	tcase_add_test(tc, the_map_meets_nothing_of_the_boot);
	tcase_add_test_raise_signal(tc, no_room_for_the_map, 6);
	tcase_add_test(tc, aligned_runs);
	tcase_add_test(tc, the_heap_keeps_a_reserve);
	tcase_add_test_raise_signal(tc, double_free_is_a_bug, 6);
	tcase_add_test(tc, random_use_agrees_with_a_plain_search);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
