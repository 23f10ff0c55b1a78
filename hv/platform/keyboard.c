/* SPDX-License-Identifier: MIT */
/*
 * PS/2 keyboard: scan code set 1 through a translating 8042, US layout.
 * Called by console.c. Keys become what a serial terminal would send.
 */
#include "lib/types.h"
#include "platform/condev.h"
#include "platform/platform.h"
#include "x86/io.h"

#define KBD_DATA    0x60
#define KBD_STATUS  0x64
#define KBD_COMMAND 0x64
#define KBD_IRQ	    1

#define STATUS_OUT_FULL 0x01
#define STATUS_IN_FULL	0x02
#define STATUS_AUX	0x20

#define CMD_READ_CONFIG	 0x20
#define CMD_WRITE_CONFIG 0x60
#define CMD_ENABLE_FIRST 0xae
#define CONFIG_IRQ1	 0x01
#define CONFIG_FIRST_OFF 0x10
#define CONFIG_TRANSLATE 0x40

#define SC_RELEASE  0x80
#define SC_EXTENDED 0xe0
#define SC_CTRL	    0x1d
#define SC_LSHIFT   0x2a
#define SC_RSHIFT   0x36
#define SC_CAPS	    0x3a

#define WAIT_LOOPS    20000
#define IRQ_MAX_BYTES 32

/* Index: scan code. Two strings of the same shape; \0 where a key says nothing. */
static const char plain[] = "\0\x1b"
			    "1234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0"
			    "\\zxcvbnm,./\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
			    "789-456+1230.";
static const char shifted[] = "\0\x1b"
			      "!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0"
			      "|ZXCVBNM<>?\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
			      "789-456+1230.";

static bool shift, ctrl, caps, extended;

static bool wait_status(u8 mask, u8 want)
{
	for (int i = 0; i < WAIT_LOOPS; i++)
		if ((inb(KBD_STATUS) & mask) == want)
			return true;
	return false;
}

static void drain(void)
{
	for (int i = 0; i < IRQ_MAX_BYTES && (inb(KBD_STATUS) & STATUS_OUT_FULL); i++)
		(void)inb(KBD_DATA);
}

bool keyboard_init(void)
{
	u8 config;

	if (inb(KBD_STATUS) == 0xff)
		return false;
	drain();
	if (!wait_status(STATUS_IN_FULL, 0))
		return false;
	outb(KBD_COMMAND, CMD_READ_CONFIG);
	if (!wait_status(STATUS_OUT_FULL, STATUS_OUT_FULL))
		return false;
	config = inb(KBD_DATA);
	config |= CONFIG_IRQ1 | CONFIG_TRANSLATE;
	config &= (u8)~CONFIG_FIRST_OFF;
	outb(KBD_COMMAND, CMD_WRITE_CONFIG);
	if (!wait_status(STATUS_IN_FULL, 0))
		return false;
	outb(KBD_DATA, config);
	if (!wait_status(STATUS_IN_FULL, 0))
		return false;
	outb(KBD_COMMAND, CMD_ENABLE_FIRST);
	return wait_status(STATUS_IN_FULL, 0);
}

void keyboard_start_irqs(void)
{
	drain(); /* an edge that came before would be the last */
	pic_unmask(KBD_IRQ);
}

/* Keys with the 0xE0 prefix, as a VT100 sends them. */
static void key_extended(u8 code, void (*rx)(char c))
{
	static const struct {
		u8 code;
		char last;
	} cursor[] = {{0x48, 'A'}, {0x50, 'B'}, {0x4d, 'C'}, {0x4b, 'D'}, {0x47, 'H'}, {0x4f, 'F'}};

	if (code == 0x1c) /* Enter of the number pad */
		rx('\r');
	if (code == 0x35)
		rx('/');
	for (size_t i = 0; i < ARRAY_SIZE(cursor); i++) {
		if (cursor[i].code != code)
			continue;
		rx('\x1b');
		rx('[');
		rx(cursor[i].last);
	}
}

static void key_pressed(u8 code, void (*rx)(char c))
{
	char c;

	if (code >= sizeof(plain) - 1)
		return;
	c = shift ? shifted[code] : plain[code];
	if (!c)
		return;
	if (caps && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
		c ^= 0x20;
	if (ctrl && c >= '@' && c < 0x7f)
		c &= 0x1f;
	rx(c);
}

static void scan_code(u8 byte, void (*rx)(char c))
{
	u8 code = byte & (u8)~SC_RELEASE;
	bool down = !(byte & SC_RELEASE);
	bool was_extended = extended;

	extended = byte == SC_EXTENDED;
	if (extended)
		return;
	if (code == SC_CTRL) {
		ctrl = down;
	} else if (was_extended) {
		/* 0xE0 0x2A and 0xE0 0x36 are no shift keys, but wrap cursor keys. */
		if (down)
			key_extended(code, rx);
	} else if (code == SC_LSHIFT || code == SC_RSHIFT) {
		shift = down;
	} else if (down && code == SC_CAPS) {
		caps = !caps;
	} else if (down) {
		key_pressed(code, rx);
	}
}

void keyboard_irq(void (*rx)(char c))
{
	for (int i = 0; i < IRQ_MAX_BYTES; i++) {
		u8 status = inb(KBD_STATUS);

		if (status == 0xff || !(status & STATUS_OUT_FULL))
			return;
		if (status & STATUS_AUX)
			(void)inb(KBD_DATA);
		else
			scan_code(inb(KBD_DATA), rx);
	}
}
