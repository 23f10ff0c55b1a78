/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: one bit for each frame of machine memory, set while
 * the frame is free, and a summary of one bit per word of those.
 * Called by everybody who needs memory; the heap is its lowest part.
 *
 * The last HEAP_RESERVE frames that the direct map reaches are kept for the
 * heap: guests may fill the machine, and the monitor must still be able to
 * write down what they did.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define E820_RAM       1
#define LOW_FRAMES     0x100UL /* 1 MiB: firmware's, and the first code of other CPUs */
#define HEAP_RESERVE   512UL /* 2 MiB */
#define FRAMES_4G      0x100000UL
#define MAX_RAM_RANGES (2 * BOOT_MAX_REGIONS)
#define NR_WORDS       (FRAMES_MAX / BITS_PER_LONG)
#define NR_SUMMARY     (NR_WORDS / BITS_PER_LONG)

extern const char _start_image[], _end_image[];

static spinlock_t lock = SPINLOCK_INIT; /* everything below */
static unsigned long free_map[NR_WORDS];
static unsigned long summary[NR_SUMMARY]; /* bit w: free_map[w] is not zero */
static unsigned long nr_free, nr_free_low, nr_total, nr_heap;
static unsigned long directmap_end; /* frame */

/* RAM as frames [start, end), rising; read-only after frames_init(). */
static struct {
	unsigned long start, end;
} ram[MAX_RAM_RANGES];
static unsigned int nr_ram;

unsigned long max_mfn;

static unsigned int highest_bit(unsigned long word)
{
	return (unsigned int)(BITS_PER_LONG - 1) - (unsigned int)__builtin_clzl(word);
}

/* ---- the map ---- */

static bool is_free(unsigned long frame)
{
	return free_map[frame / BITS_PER_LONG] >> (frame % BITS_PER_LONG) & 1;
}

static void set_free(unsigned long frame, bool on)
{
	unsigned long word = frame / BITS_PER_LONG;
	unsigned long bit = 1UL << (frame % BITS_PER_LONG);
	unsigned long word_bit = 1UL << (word % BITS_PER_LONG);

	if (on == !!(free_map[word] & bit))
		return;
	free_map[word] ^= bit;
	if (free_map[word])
		summary[word / BITS_PER_LONG] |= word_bit;
	else
		summary[word / BITS_PER_LONG] &= ~word_bit;
	nr_free += on ? 1 : -1UL;
	if (frame < directmap_end)
		nr_free_low += on ? 1 : -1UL;
}

/* The highest free frame below end, or ~0. */
static unsigned long highest_free_below(unsigned long end)
{
	unsigned long word = end / BITS_PER_LONG;
	unsigned long bits, s;

	if (end % BITS_PER_LONG) {
		bits = free_map[word] & ((1UL << (end % BITS_PER_LONG)) - 1);
		if (bits)
			return word * BITS_PER_LONG + highest_bit(bits);
	}
	/* Words below `word`, by the summary. */
	s = word / BITS_PER_LONG;
	if (word % BITS_PER_LONG)
		bits = summary[s] & ((1UL << (word % BITS_PER_LONG)) - 1);
	else
		bits = 0;
	while (!bits) {
		if (s == 0)
			return ~0UL;
		bits = summary[--s];
	}
	word = s * BITS_PER_LONG + highest_bit(bits);
	return word * BITS_PER_LONG + highest_bit(free_map[word]);
}

/* The highest frame of [first, first + nr) that is not free, or ~0. */
static unsigned long highest_used(unsigned long first, unsigned long nr)
{
	for (unsigned long f = first + nr; f-- > first;) {
		if (f % BITS_PER_LONG == BITS_PER_LONG - 1 && f - first >= BITS_PER_LONG &&
		    free_map[f / BITS_PER_LONG] == ~0UL) {
			f -= BITS_PER_LONG - 1; /* a whole word is free */
			continue;
		}
		if (!is_free(f))
			return f;
	}
	return ~0UL;
}

/* The highest run of nr free frames, aligned, that ends at or below end; or ~0. */
static unsigned long find_run(unsigned long nr, unsigned long align, unsigned long end)
{
	for (;;) {
		unsigned long top = highest_free_below(end), first, used;

		if (top == ~0UL || top + 1 < nr)
			return ~0UL;
		first = ROUND_DOWN(top + 1 - nr, align);
		used = highest_used(first, nr);
		if (used == ~0UL)
			return first;
		end = used; /* no run may reach it, so all lie below */
	}
}

/* ---- start ---- */

/* Frames wholly inside RAM are RAM; frames touched by anything else are not. */
static void mark_regions(bool is_ram)
{
	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		const struct boot_region *r = &boot_info.regions[i];
		u64 start = r->start, end = r->end, limit = (u64)FRAMES_MAX << PAGE_SHIFT;

		if ((r->type == E820_RAM) != is_ram)
			continue;
		start = MIN(start, limit);
		end = MIN(end, limit);
		start = is_ram ? ROUND_UP(start, PAGE_SIZE) : ROUND_DOWN(start, PAGE_SIZE);
		end = is_ram ? ROUND_DOWN(end, PAGE_SIZE) : ROUND_UP(end, PAGE_SIZE);
		for (u64 a = start; a < end; a += PAGE_SIZE)
			set_free((unsigned long)(a >> PAGE_SHIFT), is_ram);
	}
}

/* The map holds all RAM, before anything is taken: write the ranges down. */
static void note_ranges(void)
{
	unsigned long f = 0;

	nr_ram = 0;
	nr_total = nr_free;
	max_mfn = 0;
	while (f < FRAMES_MAX && nr_ram < MAX_RAM_RANGES) {
		if (free_map[f / BITS_PER_LONG] == 0) {
			f = ROUND_DOWN(f, BITS_PER_LONG) + BITS_PER_LONG;
			continue;
		}
		if (!is_free(f)) {
			f++;
			continue;
		}
		ram[nr_ram].start = f;
		while (f < FRAMES_MAX && is_free(f))
			f++;
		ram[nr_ram++].end = max_mfn = f;
	}
}

static void take(u64 start, u64 end)
{
	u64 limit = (u64)FRAMES_MAX << PAGE_SHIFT;

	end = MIN(end, limit);
	for (u64 a = ROUND_DOWN(start, PAGE_SIZE); a < end; a += PAGE_SIZE)
		set_free((unsigned long)(a >> PAGE_SHIFT), false);
}

void frames_init(void)
{
	memset(free_map, 0, sizeof(free_map));
	memset(summary, 0, sizeof(summary));
	nr_free = nr_free_low = nr_heap = 0;
	directmap_end = (unsigned long)(directmap_bytes >> PAGE_SHIFT);
	mark_regions(true);
	mark_regions(false);
	note_ranges();

	take(0, (u64)LOW_FRAMES << PAGE_SHIFT);
	take(directmap_maddr(_start_image), directmap_maddr(_end_image));
	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		take(m->start, m->start + m->len_bytes);
	}
}

/* ---- frames ---- */

/*
 * As find_run, but memory above 4 GiB comes after that below, and before the
 * direct map's: old devices don't reach it, and QEMU's 32-bit target (7.2) cuts
 * the addresses of page tables there.
 */
static unsigned long find_preferred(unsigned long nr, unsigned long align, unsigned long end)
{
	unsigned long low = find_run(nr, align, MIN(end, FRAMES_4G)), high;

	if (end <= FRAMES_4G || (low != ~0UL && low >= directmap_end))
		return low;
	high = find_run(nr, align, end);
	return high == ~0UL ? low : high;
}

static mfn_t alloc(unsigned long nr, unsigned long align, unsigned long limit, bool for_heap)
{
	unsigned long end = limit && limit < max_mfn ? limit : max_mfn;
	mfn_t found = INVALID_MFN;
	unsigned long first;

	BUG_ON(align == 0 || (align & (align - 1)));
	if (nr == 0)
		return INVALID_MFN;
	spin_lock(&lock);
	first = find_preferred(nr, align, end);
	if (first == ~0UL)
		goto out;
	/* A guest may ask for low memory, but not for the heap's last frames. */
	if (!for_heap && first < directmap_end && nr_free_low < nr + HEAP_RESERVE)
		goto out;
	for (unsigned long f = first; f < first + nr; f++)
		set_free(f, false);
	found = MFN(first);
out:
	spin_unlock(&lock);
	return found;
}

mfn_t frames_alloc(unsigned long nr, unsigned long align, unsigned long limit)
{
	return alloc(nr, align, limit, false);
}

void frames_free(mfn_t first, unsigned long nr)
{
	spin_lock(&lock);
	for (unsigned long f = first.v; f < first.v + nr; f++) {
		BUG_ON(f >= max_mfn || is_free(f));
		set_free(f, true);
	}
	spin_unlock(&lock);
}

unsigned long frames_nr_free(void)
{
	return nr_free;
}

unsigned long frames_nr_total(void)
{
	return nr_total;
}

bool frame_is_ram(mfn_t mfn)
{
	for (unsigned int i = 0; i < nr_ram; i++)
		if (mfn.v < ram[i].end)
			return mfn.v >= ram[i].start;
	return false;
}

bool frame_is_io(mfn_t mfn)
{
	/* The IO-APICs; the local APIC, and where devices write their interrupts. */
	if ((mfn.v >= 0xfec00 && mfn.v < 0xfed00) || (mfn.v >= 0xfee00 && mfn.v < 0xfef00))
		return false;
	return mfn.v < LOW_FRAMES || !frame_is_ram(mfn);
}

/* A frame that something else of the boot still lies in, or may. */
static bool frame_shared(unsigned long frame, const struct boot_module *mod)
{
	u64 start = (u64)frame << PAGE_SHIFT, end = start + PAGE_SIZE;

	if (frame < LOW_FRAMES ||
	    (start < directmap_maddr(_end_image) && end > directmap_maddr(_start_image)))
		return true;
	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		if (m != mod && m->start < end && m->start + m->len_bytes > start)
			return true;
	}
	return false;
}

bool module_has_frame(const struct boot_module *mod, mfn_t mfn)
{
	return frame_is_ram(mfn) && !frame_shared(mfn.v, mod);
}

void frames_free_module(const struct boot_module *mod)
{
	u64 end = ROUND_UP(mod->start + mod->len_bytes, PAGE_SIZE);

	if (mod->len_bytes == 0)
		return;
	for (u64 a = ROUND_DOWN(mod->start, PAGE_SIZE); a < end; a += PAGE_SIZE) {
		unsigned long frame = (unsigned long)(a >> PAGE_SHIFT);

		if (module_has_frame(mod, MFN(frame)))
			frames_free(MFN(frame), 1);
	}
}

/* ---- heap ---- */

void *heap_alloc_pages(unsigned int nr)
{
	mfn_t mfn = alloc(nr, 1, directmap_end, true);
	void *va;

	if (mfn_eq(mfn, INVALID_MFN))
		return NULL;
	__atomic_fetch_add(&nr_heap, nr, __ATOMIC_RELAXED);
	va = directmap_va(mfn_to_maddr(mfn).v);
	return memset(va, 0, nr * PAGE_SIZE);
}

void heap_free_pages(void *va, unsigned int nr)
{
	__atomic_fetch_sub(&nr_heap, nr, __ATOMIC_RELAXED);
	frames_free(va_to_mfn(va), nr);
}

unsigned long heap_nr_pages_used(void)
{
	return nr_heap;
}
