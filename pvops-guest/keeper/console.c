// SPDX-License-Identifier: MIT
/*
 * Prefixes, held lines and control characters of the served domains' output.
 * Called by keeper's ring code and timer.
 *
 * A guest must not be able to fake a line of the monitor or of another domain:
 * every physical line begins with a prefix written here, and nothing a guest
 * writes can move left of it.
 */

#include "pvops-guest/keeper/console.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI, ESCAPE_CHARSET };

#define ESC	   0x1b
#define PREFIX_MAX 12

void line_init(struct line *line, uint16_t domid)
{
	*line = (struct line){.domid = domid};
}

static void break_open_line(struct console *console)
{
	if (!console->open)
		return;
	console->write("\n", 1);
	console->open->open = false;
	/* What that domain prints next begins a line of its own. */
	console->open->columns = console->open->held;
	console->open = NULL;
}

/* Show the held bytes, with a prefix unless the physical line is this one. */
static void show(struct console *console, struct line *line, bool end)
{
	char text[PREFIX_MAX + LINE_BUFFER + 1];
	size_t len = 0;

	if (console->open != line) {
		break_open_line(console);
		len = guest_snprintf(text, PREFIX_MAX, "(d%u) ", line->domid);
	}
	memcpy(text + len, line->buffer, line->held);
	len += line->held;
	if (end)
		text[len++] = '\n';
	line->held = 0;
	line->open = !end;
	console->open = end ? NULL : line;
	if (end)
		line->columns = 0;
	if (len)
		console->write(text, len);
}

void console_show(struct console *console, struct line *line)
{
	if (line->held)
		show(console, line, false);
}

void console_end_line(struct console *console, struct line *line)
{
	if (line->held || line->open)
		show(console, line, true);
	line->cr = false;
}

void console_own_line(struct console *console, const char *text)
{
	char line[200];
	size_t len;

	break_open_line(console);
	len = guest_snprintf(line, sizeof(line), "%s\n", text);
	console->write(line, len < sizeof(line) ? len : sizeof(line) - 1);
}

static void add_byte(struct console *console, struct line *line, char c)
{
	if (line->columns >= LINE_COLUMNS_MAX)
		show(console, line, true);
	if (line->held == LINE_BUFFER)
		show(console, line, false);
	line->buffer[line->held++] = c;
	line->columns++;
}

/* Only over what this line has shown itself: never over the prefix. */
static void backspace(struct console *console, struct line *line)
{
	if (!line->columns)
		return;
	if (line->held) {
		line->held--;
		line->columns--;
	} else if (console->open == line) {
		line->columns--;
		console->write("\b", 1);
	}
}

/*
 * The cursor is put somewhere. Right behind the text is where it is anyway
 * (line editors say so after each key, and at the screen's bottom the rows
 * here and there differ); another row otherwise begins a line.
 */
static void move_cursor(struct console *console, struct line *line)
{
	uint16_t row = line->parameter[0] ? line->parameter[0] : 1;

	if (row != line->row && line->parameter[1] != line->columns + 1)
		console_end_line(console, line);
	line->row = row;
}

static void end_of_csi(struct console *console, struct line *line, unsigned char c)
{
	if (c == 'H' || c == 'f')
		move_cursor(console, line);
	/* Clearing all of the screen, not just the part behind the cursor. */
	if (c == 'J' && line->parameter[0])
		console_end_line(console, line);
}

static void begin_escape(struct line *line, unsigned char c)
{
	memset(line->parameter, 0, sizeof(line->parameter));
	line->nr_parameter = 0;
	if (c == '[')
		line->escape = ESCAPE_CSI;
	else if (c == '(' || c == ')' || c == '#')
		line->escape = ESCAPE_CHARSET;
	else
		line->escape = ESCAPE_NONE;
}

static void csi_byte(struct console *console, struct line *line, unsigned char c)
{
	if (c >= '0' && c <= '9' && line->nr_parameter < 2) {
		uint16_t *p = &line->parameter[line->nr_parameter];

		*p = *p < 1000 ? *p * 10 + (c - '0') : *p;
	} else if (c == ';' && line->nr_parameter < 2) {
		line->nr_parameter++;
	} else if (c >= 0x40) {
		line->escape = ESCAPE_NONE;
		end_of_csi(console, line, c);
	}
}

/* One byte of an escape sequence; all of them are swallowed. */
static void escape_byte(struct console *console, struct line *line, unsigned char c)
{
	switch (line->escape) {
	case ESCAPE_BEGUN:
		begin_escape(line, c);
		break;
	case ESCAPE_CSI:
		csi_byte(console, line, c);
		break;
	default:
		line->escape = ESCAPE_NONE;
	}
}

/*
 * Bytes from 0x80 on: only as parts of a UTF-8 sequence that can't be a C1
 * control code, which terminals would obey.
 */
static bool high_byte_is_text(struct line *line, unsigned char c)
{
	bool c2 = line->utf8_c2;

	line->utf8_c2 = 0;
	if (c >= 0xc2 && c < 0xf5) {
		line->utf8_left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		line->utf8_c2 = c == 0xc2;
		return true;
	}
	if (c >= 0xc0 || !line->utf8_left)
		return false;
	line->utf8_left--;
	return !(c2 && c < 0xa0);
}

static void control_byte(struct console *console, struct line *line, unsigned char c)
{
	switch (c) {
	case '\n':
		if (line->row)
			line->row++;
		show(console, line, true);
		break;
	case '\r':
		line->cr = true;
		break;
	case '\b':
		backspace(console, line);
		break;
	case '\t':
		do
			add_byte(console, line, ' ');
		while (line->columns % 8);
		break;
	case ESC:
		line->escape = ESCAPE_BEGUN;
		break;
	default:
		break;
	}
}

static void put_byte(struct console *console, struct line *line, unsigned char c)
{
	if (line->escape) {
		escape_byte(console, line, c);
		return;
	}
	/* A return that no newline follows would overwrite: begin a line. */
	if (line->cr && c != '\r') {
		line->cr = false;
		if (c >= ' ' && line->columns)
			console_end_line(console, line);
	}
	if (c >= 0x80 ? high_byte_is_text(line, c) : c >= ' ' && c != 0x7f)
		add_byte(console, line, c);
	else if (c < ' ')
		control_byte(console, line, c);
}

void console_put(struct console *console, struct line *line, const char *text, size_t len_bytes,
		 uint64_t now_ns)
{
	/* Another domain's unfinished line is ended by show(), when needed. */
	for (size_t i = 0; i < len_bytes; i++)
		put_byte(console, line, text[i]);
	line->last_output_ns = now_ns;
}
