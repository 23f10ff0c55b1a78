/* SPDX-License-Identifier: MIT */
/*
 * VGA text screen, 80x25, seen through the direct map. Called by console.c.
 *
 * The text is kept in RAM and copied where it differs from what the screen
 * shows: video memory is slow, and on an emulator each access to it costs
 * hundreds of ordinary ones.
 */
#include "lib/string.h"
#include "lib/types.h"
#include "platform/condev.h"
#include "x86/arch.h"
#include "x86/io.h"

#define VGA_TEXT_MADDR 0xb8000
#define COLS	       80u
#define ROWS	       25u
#define BLANK	       0x0720 /* grey on black */

#define CRTC_INDEX	 0x3d4
#define CRTC_DATA	 0x3d5
#define CRTC_CURSOR_HIGH 0x0e
#define CRTC_CURSOR_LOW	 0x0f

static u16 text_now[ROWS * COLS]; /* what should be seen */
static u16 text_shown[ROWS * COLS]; /* what video memory holds */
static unsigned int col, row;

static void cell_fill(unsigned int first, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		text_now[first + i] = BLANK;
}

static void screen_update(void)
{
	volatile u16 *screen = directmap_va(VGA_TEXT_MADDR);
	unsigned int at = row * COLS + col;

	for (unsigned int i = 0; i < ROWS * COLS; i++) {
		if (text_now[i] == text_shown[i])
			continue;
		screen[i] = text_now[i];
		text_shown[i] = text_now[i];
	}
	outb(CRTC_INDEX, CRTC_CURSOR_HIGH);
	outb(CRTC_DATA, (u8)(at >> 8));
	outb(CRTC_INDEX, CRTC_CURSOR_LOW);
	outb(CRTC_DATA, (u8)at);
}

void vga_init(void)
{
	cell_fill(0, ROWS * COLS);
	memset(text_shown, 0, sizeof(text_shown)); /* differs everywhere */
	col = row = 0;
	screen_update();
}

static void line_feed(void)
{
	col = 0;
	if (row + 1 < ROWS) {
		row++;
		return;
	}
	memmove(text_now, text_now + COLS, sizeof(text_now) - COLS * sizeof(text_now[0]));
	cell_fill((ROWS - 1) * COLS, COLS);
}

static void put_char(char c)
{
	switch (c) {
	case '\n':
		line_feed();
		return;
	case '\r':
		col = 0;
		return;
	case '\b':
		col -= col != 0;
		return;
	case '\t':
		col = (col | 7) + 1;
		if (col >= COLS)
			line_feed();
		return;
	}
	if (col == COLS) /* only now, so that a full line takes one row */
		line_feed();
	text_now[row * COLS + col++] = (u16)((BLANK & 0xff00) | (u8)c);
}

void vga_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(text[i]);
	screen_update();
}
