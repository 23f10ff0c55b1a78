/* SPDX-License-Identifier: MIT */
/*
 * Names of the monitor's code addresses, from the table that the second link
 * adds (boot/mksymbols), and backtraces along frame pointers.
 */
#include "lib/printf.h"
#include "platform/platform.h"
#include "x86/arch.h"

#define BACKTRACE_MAX 24

extern const u32 symbols_count;
extern const u32 symbols_addr[]; /* low 32 bits: the text is shorter than that */
extern const u32 symbols_name[]; /* where in symbols_text */
extern const char symbols_text[];
extern const char _text_start[], _text_end[];

static bool in_text(unsigned long addr)
{
	return addr >= (unsigned long)_text_start && addr < (unsigned long)_text_end;
}

const char *symbol_name(unsigned long addr, char *buf, size_t size)
{
	u32 low = 0, high = symbols_count;

	if (!in_text(addr) || high == 0 || (u32)addr < symbols_addr[0]) {
		fmt(buf, size, "0x%lx", addr);
		return buf;
	}
	while (high - low > 1) { /* symbols_addr[low] <= (u32)addr < symbols_addr[high] */
		u32 mid = low + (high - low) / 2;

		if (symbols_addr[mid] <= (u32)addr)
			low = mid;
		else
			high = mid;
	}
	fmt(buf, size, "%s+0x%x", symbols_text + symbols_name[low], (u32)addr - symbols_addr[low]);
	return buf;
}

/* A frame can be read: two words inside the direct map, where all stacks lie. */
static bool frame_ok(unsigned long bp)
{
	unsigned long low = (unsigned long)directmap_va(0);

	return bp % sizeof(long) == 0 && bp >= low &&
	       bp - low <= directmap_bytes - 2 * sizeof(long);
}

void backtrace(unsigned long ip, unsigned long bp)
{
	char buf[80];

	printk("  at %08lx %s", ip, symbol_name(ip, buf, sizeof(buf)));
	for (int i = 0; i < BACKTRACE_MAX && frame_ok(bp); i++) {
		const unsigned long *frame = (const unsigned long *)bp;

		if (!in_text(frame[1]))
			break;
		/* A return address may be the next function's first byte. */
		printk("  at %08lx %s", frame[1], symbol_name(frame[1] - 1, buf, sizeof(buf)));
		if (frame[0] <= bp)
			break;
		bp = frame[0];
	}
}
