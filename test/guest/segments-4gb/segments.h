/* SPDX-License-Identifier: MIT */
/* What the files of this test share: its segments, and accesses through them. */
#ifndef SEGMENTS_4GB_SEGMENTS_H
#define SEGMENTS_4GB_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Entries of the GDT. All 4 GiB long segments begin in the middle of area[]. */
enum {
	SEG_KERNEL = 1,	/* 4 GiB data, DPL 1 */
	SEG_USER,	/* the same, DPL 3 */
	SEG_OTHER,	/* as SEG_KERNEL: another descriptor */
	SEG_SHORT,	/* one MiB, by pages */
	SEG_BYTES,	/* by bytes */
	SEG_16BIT,	/* 4 GiB, but of the 16-bit kind */
	SEG_CODE,	/* 4 GiB of readable code */
	NR_SEGMENTS,
};

/* Selectors. */
#define SEL(index)	((index) * 8 + 1)
#define SEL_USER	(SEG_USER * 8 + 3)
#define SEL_LDT(index)	((index) * 8 + 5)

#define AREA_BYTES 8192
/* Where the segments begin, within area: in the middle of its second page. */
#define AREA_BASE  6144

extern uint8_t area[AREA_BYTES];

/* segments_init - GDT and LDT; false after a test_error(). */
bool segments_init(void);
/* The descriptor that stands in the GDT, and one store there. */
uint64_t segment_read(unsigned int index);
int segment_write(unsigned int index, uint64_t desc);
/* What segments_init() wrote there. */
uint64_t segment_as_made(unsigned int index);
static inline bool segment_is_down(unsigned int index)
{
	return (segment_read(index) >> 40 & 0xc) == 4;
}

/* user.c: the stack segment's cases, in ring 3. */
void check_stack(void);

#endif
