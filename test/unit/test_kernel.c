// SPDX-License-Identifier: MIT
/*
 * A boot module's kernel, opened and closed: what is read is what was packed,
 * and whatever goes wrong, and wherever memory ends, every frame comes back.
 *
 * The machine is a file in memory; its frames are mapped where the monitor's
 * tables say, so that the scratch space is read and written as it is there.
 *
 *	SOURCES: hv/domain/kernel.c hv/platform/scratch.c hv/unpack/unpack.c
 *	SOURCES: hv/unpack/gzip.c hv/unpack/xz.c hv/unpack/lz4.c hv/unpack/zstd.c
 *	SOURCES: test/unit/unpack_data.c
 *	WIDTHS: 32 64
 * Claim: A compressed kernel that is refused, or lacks memory, leaves no frame behind
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domain/domain.h"
#include "domain/kernel.h"
#include "harness.h"
#include "unpack_data.h"
#include "x86/arch.h"

#define NR_FRAMES    4096 /* bare lz4 is given its bound, 8 MiB a block */
#define MODULE_FRAME 16 /* modules lie here; frames are given out from the top */
#define FIRST_FREE   512

static int machine = -1;
static u8 *memory;
static bool used[NR_FRAMES];
static unsigned long nr_free, nr_lent, allocs_left, cursor;
static mfn_t entered;
static bool others_run, irqs_on;

/* Check's own assertions write to a file each time; these are many. */
#define must(x)                              \
	do {                                 \
		if (!(x))                    \
			ck_abort_msg("%s", #x); \
	} while (0)

/* ---- what kernel.c and scratch.c call ---- */

struct vcpu *current_vcpu(void)
{
	return others_run ? (struct vcpu *)memory : NULL;
}

/* Only while others run, and only with our own memory before the decoder. */
void irq_enable(void)
{
	must(others_run && !irqs_on && !mfn_eq(entered, INVALID_MFN));
	irqs_on = true;
}

void irq_disable(void)
{
	must(irqs_on);
	irqs_on = false;
}

void domains_ledger_lend(unsigned long nr_frames)
{
	nr_lent = nr_frames;
}

unsigned long frames_nr_free(void)
{
	return nr_free;
}

/* Never two in a row side by side, as on a machine that has run for a while. */
mfn_t frames_alloc(unsigned long nr, unsigned long align, unsigned long limit)
{
	must(!irqs_on && nr == 1 && align == 1 && (!limit || limit >= NR_FRAMES));
	if (!allocs_left)
		return INVALID_MFN;
	allocs_left--;
	for (unsigned long i = 0; i < NR_FRAMES; i++) {
		unsigned long f = cursor = (cursor + 1021) % NR_FRAMES;

		if (f >= FIRST_FREE && !used[f]) {
			used[f] = true;
			nr_free--;
			memset(memory + f * PAGE_SIZE, 0x5a, PAGE_SIZE);
			return MFN(f);
		}
	}
	return INVALID_MFN;
}

void frames_free(mfn_t first, unsigned long nr)
{
	must(nr == 1 && first.v >= FIRST_FREE && first.v < NR_FRAMES && used[first.v]);
	used[first.v] = false;
	nr_free++;
}

void *arch_map_frame(mfn_t mfn)
{
	must(mfn.v < NR_FRAMES);
	return memory + mfn.v * PAGE_SIZE;
}

void arch_unmap_frame(const void *va)
{
	must((const u8 *)va >= memory && (const u8 *)va < memory + NR_FRAMES * PAGE_SIZE);
}

/* Do as the CPU does: what the tables say, and nothing else, is mapped. */
void arch_scratch_enter(mfn_t l2)
{
	const pte_t *upper = arch_map_frame(l2);

	must(mfn_eq(entered, INVALID_MFN));
	entered = l2;
	for (unsigned long i = 0; i < PTES_PER_TABLE * PTES_PER_TABLE; i++) {
		const pte_t *table;
		pte_t e;

		if (!upper[i / PTES_PER_TABLE]) {
			i += PTES_PER_TABLE - 1;
			continue;
		}
		table = arch_map_frame(pte_mfn(upper[i / PTES_PER_TABLE]));
		e = table[i % PTES_PER_TABLE];
		if (e)
			must(mmap((void *)(SCRATCH_START + i * PAGE_SIZE), PAGE_SIZE,
				       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, machine,
				       (off_t)(pte_mfn(e).v * PAGE_SIZE)) != MAP_FAILED);
	}
}

void arch_scratch_leave(void)
{
	must(!irqs_on && !mfn_eq(entered, INVALID_MFN));
	entered = INVALID_MFN;
	must(!munmap((void *)SCRATCH_START, 16 << 20));
}

static void copy_module(const struct image *img, u64 off, void *dst, size_t n)
{
	memcpy(dst, memory + img->base + off, n);
}

struct image bootinfo_module_image(const struct boot_module *mod)
{
	return (struct image){ mod->len_bytes, copy_module, mod->start };
}

/* ---- the tests ---- */

static void setup(void)
{
	machine = memfd_create("machine", 0);
	ck_assert(machine >= 0 && !ftruncate(machine, NR_FRAMES * PAGE_SIZE));
	memory = mmap(NULL, NR_FRAMES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, machine, 0);
	ck_assert(memory != MAP_FAILED);
	memset(used, 0, sizeof(used));
	nr_free = NR_FRAMES - FIRST_FREE;
	allocs_left = ~0UL;
	entered = INVALID_MFN;
}

/* Put a file at a place that need not be a page's start. */
static struct boot_module *load(struct blob file, unsigned long in_page)
{
	static struct boot_module mod;

	mod.start = MODULE_FRAME * PAGE_SIZE + in_page;
	mod.len_bytes = file.len;
	memcpy(memory + mod.start, file.data, file.len);
	return &mod;
}

static struct blob elf_file(size_t len)
{
	struct blob b = data_of_program(len);

	ck_assert(!memcmp(b.data, "\177ELF", 4));
	return b;
}

static void all_is_back(void)
{
	ck_assert_uint_eq(nr_free, NR_FRAMES - FIRST_FREE);
	ck_assert_uint_eq(nr_lent, 0);
	ck_assert(mfn_eq(entered, INVALID_MFN));
}

START_TEST(reads_what_was_packed)
{
	struct blob elf = elf_file(300001), got = { malloc(elf.len), elf.len };
	struct blob packed = blob_pack(&tools[_i], elf);
	u64 state = unit_seed();
	struct kernel k;

	for (unsigned int i = 0; i < 4; i++) {
		others_run = i & 2;
		ck_assert_ptr_null(kernel_open(load(packed, i * 1000), i & 1 ? 300001 : 0, &k));
		ck_assert_uint_eq(k.image.len_bytes, elf.len);
		ck_assert_uint_gt(nr_lent, elf.len / PAGE_SIZE);
		ck_assert_uint_eq(nr_free + nr_lent, NR_FRAMES - FIRST_FREE);
		ck_assert(image_read(&k.image, 0, got.data, elf.len));
		ck_assert(!memcmp(got.data, elf.data, elf.len));
		for (unsigned int n = 0; n < 200; n++) {
			u32 off = unit_random_below(&state, (u32)elf.len);
			u32 len = unit_random_below(&state, (u32)elf.len - off);

			ck_assert(image_read(&k.image, off, got.data, len));
			ck_assert(!memcmp(got.data, elf.data + off, len));
		}
		ck_assert(!image_read(&k.image, elf.len, got.data, 1));
		kernel_close(&k);
		all_is_back();
	}
	blob_free(&elf);
	blob_free(&got);
	blob_free(&packed);
}
END_TEST

/* An ELF file is read where it lies. */
START_TEST(not_packed)
{
	struct blob elf = elf_file(50000), got = { malloc(elf.len), elf.len };
	struct blob tiny = { elf.data, 3 };
	struct kernel k;

	ck_assert_ptr_null(kernel_open(load(elf, 0), 1, &k));
	ck_assert_uint_eq(nr_free, NR_FRAMES - FIRST_FREE);
	ck_assert(image_read(&k.image, 0, got.data, elf.len));
	ck_assert(!memcmp(got.data, elf.data, elf.len));
	kernel_close(&k);
	all_is_back();
	/* Too short to tell: the ELF reader says what is wrong with it. */
	ck_assert_ptr_null(kernel_open(load(tiny, 0), 0, &k));
	kernel_close(&k);
	all_is_back();
	blob_free(&elf);
	blob_free(&got);
}
END_TEST

START_TEST(damaged_or_too_large)
{
	struct blob elf = elf_file(200000);
	struct blob packed = blob_pack(&tools[_i], elf), text = blob_copy(elf.data + 100, 5000);
	struct kernel k;

	ck_assert_ptr_nonnull(kernel_open(load(packed, 0), elf.len - 1, &k));
	all_is_back();
	for (size_t len = 4; len < packed.len; len += 1 + packed.len / 20) {
		struct blob part = { packed.data, len };

		others_run = len & 1;
		ck_assert_ptr_nonnull(kernel_open(load(part, 0), elf.len, &k));
		all_is_back();
	}
	ck_assert_ptr_nonnull(kernel_open(load(text, 0), 0, &k));
	all_is_back();
	blob_free(&elf);
	blob_free(&packed);
	blob_free(&text);
}
END_TEST

/* Memory ends at each of the frames that unpacking takes; a fifth of them a round. */
START_TEST(memory_ends)
{
	struct blob elf = elf_file(100000);
	struct blob packed = blob_pack(&tools[_i], elf);
	const char *why = "";
	unsigned long n;
	struct kernel k;

	for (n = (unsigned long)_i % 5; why; n += 5) {
		allocs_left = n;
		must(n < NR_FRAMES);
		why = kernel_open(load(packed, 0), elf.len, &k);
		if (!why)
			kernel_close(&k);
		all_is_back();
	}
	ck_assert_uint_gt(n, elf.len / PAGE_SIZE);
	/* So much is left that it can't be begun. */
	allocs_left = ~0UL;
	while (nr_free > 80)
		(void)frames_alloc(1, 1, 0);
	ck_assert_ptr_nonnull(kernel_open(load(packed, 0), 0, &k));
	ck_assert_uint_eq(nr_free, 80);
	blob_free(&elf);
	blob_free(&packed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tc = tcase_create("kernel");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, reads_what_was_packed, 0, NR_TOOLS);
	tcase_add_loop_test(tc, damaged_or_too_large, 0, NR_TOOLS);
	tcase_add_loop_test(tc, memory_ends, 0, NR_TOOLS);
	tcase_add_test(tc, not_packed);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
