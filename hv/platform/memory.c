/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: one bit for each frame of machine memory, set while
 * the frame is free, and a summary of one bit per word of those; as long as
 * the machine's memory wants them, in memory that is never given away.
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

extern const char _start_image[], _end_image[];

static spinlock_t lock = SPINLOCK_INIT; /* everything below */
static unsigned long *free_map;
static unsigned long *summary; /* bit w: free_map[w] is not zero */
static unsigned long nr_mapped; /* frames they have bits for; read-only after frames_init() */
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

static unsigned long nr_bits(unsigned long word)
{
	unsigned long n = 0;

	if (word == ~0UL)
		return BITS_PER_LONG;
	for (; word; word &= word - 1)
		n++;
	return n;
}

/* Make all frames of [first, end) free or not, whatever they are now. */
static void set_free(unsigned long first, unsigned long end, bool on)
{
	for (unsigned long f = first; f < end; f = ROUND_DOWN(f, BITS_PER_LONG) + BITS_PER_LONG) {
		unsigned long word = f / BITS_PER_LONG;
		unsigned long mask = ~0UL << (f % BITS_PER_LONG);
		unsigned long word_bit = 1UL << (word % BITS_PER_LONG), n;

		if (end - ROUND_DOWN(f, BITS_PER_LONG) < BITS_PER_LONG)
			mask &= (1UL << (end % BITS_PER_LONG)) - 1;
		mask &= on ? ~free_map[word] : free_map[word];
		free_map[word] ^= mask;
		if (free_map[word])
			summary[word / BITS_PER_LONG] |= word_bit;
		else
			summary[word / BITS_PER_LONG] &= ~word_bit;
		n = on ? nr_bits(mask) : -nr_bits(mask);
		nr_free += n;
		if (f < directmap_end) /* which is not inside a word */
			nr_free_low += n;
	}
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

/*
 * What frames a region of the memory map has, at most nr_mapped: RAM's are
 * those wholly inside it, anything else's all that it touches.
 */
static void region_frames(const struct boot_region *r, unsigned long *first, unsigned long *end)
{
	bool is_ram = r->type == E820_RAM;
	u64 start = r->start, stop = r->end, limit = (u64)nr_mapped << PAGE_SHIFT;

	start = MIN(start, limit);
	stop = MIN(stop, limit);
	start = is_ram ? ROUND_UP(start, PAGE_SIZE) : ROUND_DOWN(start, PAGE_SIZE);
	stop = is_ram ? ROUND_DOWN(stop, PAGE_SIZE) : ROUND_UP(stop, PAGE_SIZE);
	*first = (unsigned long)(start >> PAGE_SHIFT);
	*end = (unsigned long)(stop >> PAGE_SHIFT);
}

static void mark_regions(bool is_ram)
{
	unsigned long first, end;

	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		if ((boot_info.regions[i].type == E820_RAM) != is_ram)
			continue;
		region_frames(&boot_info.regions[i], &first, &end);
		set_free(first, end, is_ram);
	}
}

/* The map holds all RAM, before anything is taken: write the ranges down. */
static void note_ranges(void)
{
	unsigned long f = 0;

	nr_ram = 0;
	nr_total = nr_free;
	max_mfn = 0;
	while (f < nr_mapped && nr_ram < MAX_RAM_RANGES) {
		unsigned long word = free_map[f / BITS_PER_LONG];

		if (!is_free(f)) {
			f = word ? f + 1 : ROUND_DOWN(f, BITS_PER_LONG) + BITS_PER_LONG;
			continue;
		}
		ram[nr_ram].start = f;
		while (f < nr_mapped && is_free(f))
			f += f % BITS_PER_LONG || free_map[f / BITS_PER_LONG] != ~0UL
				     ? 1
				     : BITS_PER_LONG;
		ram[nr_ram++].end = max_mfn = f;
	}
}

static void take(u64 start, u64 end)
{
	u64 limit = (u64)nr_mapped << PAGE_SHIFT;

	start = MIN(start, limit);
	end = MIN(end, limit);
	set_free((unsigned long)(start >> PAGE_SHIFT),
		 (unsigned long)(ROUND_UP(end, PAGE_SIZE) >> PAGE_SHIFT), false);
}

/* Whether [*start, *start + len) meets [from, to); if so move it behind that. */
static bool push_behind(u64 *start, u64 len, u64 from, u64 to)
{
	if (*start >= to || from >= *start + len)
		return false;
	*start = ROUND_UP(to, PAGE_SIZE);
	return true;
}

/* Move *start on if something of the boot is in the way. */
static bool push_behind_used(u64 *start, u64 len)
{
	bool moved = push_behind(start, len, directmap_maddr(_start_image),
				 directmap_maddr(_end_image));

	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		moved |= push_behind(start, len, m->start, m->start + m->len_bytes);
	}
	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		if (r->type != E820_RAM)
			moved |= push_behind(start, len, r->start, r->end);
	}
	return moved;
}

/* The lowest room for len bytes above 1 MiB that nothing of the boot is in; 0: none. */
static u64 find_room(u64 len)
{
	u64 best = 0, limit = MIN(early_map_bytes, directmap_bytes);

	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		const struct boot_region *r = &boot_info.regions[i];
		u64 end = MIN(r->end, limit), at;

		if (r->type != E820_RAM)
			continue;
		at = MAX(ROUND_UP(r->start, PAGE_SIZE), (u64)LOW_FRAMES << PAGE_SHIFT);
		while (at <= end && len <= end - at && push_behind_used(&at, len))
			;
		if (at <= end && len <= end - at && (!best || at < best))
			best = at;
	}
	return best;
}

/* Place the two maps, empty. Returns where, as bytes of machine memory. */
static u64 place_maps(u64 *len_bytes)
{
	unsigned long first, end, words, top = 0;
	u64 at;

	nr_mapped = FRAMES_MAX;
	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		region_frames(&boot_info.regions[i], &first, &end);
		if (boot_info.regions[i].type == E820_RAM && first < end)
			top = MAX(top, end);
	}
	nr_mapped = ROUND_UP(top, BITS_PER_LONG * BITS_PER_LONG);
	words = nr_mapped / BITS_PER_LONG;
	*len_bytes = ROUND_UP((u64)(words + words / BITS_PER_LONG) * sizeof(long), PAGE_SIZE);
	at = find_room(*len_bytes);
	if (!at)
		panic("no room to note which memory is free");
	free_map = memset(directmap_va(at), 0, (size_t)*len_bytes);
	summary = free_map + words;
	return at;
}

/*
 * [tour: boot 5] From the loader's memory map to a list of free frames: what is
 * RAM, less what is in use, the image and the modules. Everything the monitor
 * or a guest ever gets comes from here.
 */
void frames_init(void)
{
	u64 len_bytes, maps;

	nr_free = nr_free_low = nr_heap = 0;
	directmap_end = (unsigned long)(directmap_bytes >> PAGE_SHIFT);
	maps = place_maps(&len_bytes);
	mark_regions(true);
	mark_regions(false);
	note_ranges();

	take(0, (u64)LOW_FRAMES << PAGE_SHIFT);
	take(directmap_maddr(_start_image), directmap_maddr(_end_image));
	take(maps, maps + len_bytes);
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
	set_free(first, first + nr, false);
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
		set_free(f, f + 1, true);
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
