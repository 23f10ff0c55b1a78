/* SPDX-License-Identifier: MIT */
/*
 * From the served domains' console output to one readable stream of lines.
 * Portable: text goes out through a function pointer, time comes in as an
 * argument; also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_CONSOLE_H
#define PVOPS_GUEST_KEEPER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BUFFER	 240 /* bytes held back at most */
#define LINE_COLUMNS_MAX 512 /* then a new prefixed line begins */
#define LINE_QUIET_NS	 20000000ull /* an unfinished line is shown after 20 ms */

struct line {
	uint16_t domid;
	uint16_t held; /* bytes in buffer, not yet shown */
	uint16_t columns; /* of this line, shown and held */
	uint8_t utf8_left; /* continuation bytes still expected */
	uint8_t utf8_c2; /* the lead was 0xc2: control codes may follow */
	uint8_t escape; /* state inside an escape sequence, 0 outside */
	bool open; /* the physical line ends with this one's text */
	bool cr; /* a carriage return waits for what follows */
	uint16_t row; /* where cursor addressing put the cursor */
	uint16_t parameter[2]; /* of the escape sequence: row and column */
	uint8_t nr_parameter; /* which of them is being read */
	uint64_t last_output_ns;
	char buffer[LINE_BUFFER];
};

struct console {
	void (*write)(const char *text, size_t len_bytes);
	struct line *open; /* whose text ends the physical line, NULL: none */
};

/* line_init - a domain that has printed nothing yet. */
void line_init(struct line *line, uint16_t domid);

/*
 * console_put - output of a domain. Complete lines appear with the prefix
 * "(dN) ", the rest is held. Control characters and escape sequences are
 * swallowed; moving the cursor to another row ends the line.
 */
void console_put(struct console *console, struct line *line, const char *text, size_t len_bytes,
		 uint64_t now_ns);

/* console_show - show what is held of an unfinished line. */
void console_show(struct console *console, struct line *line);

/* console_end_line - the same, and end the line; when its domain ends. */
void console_end_line(struct console *console, struct line *line);

/* console_own_line - a line of keeper's own: the hypervisor tags it "(d0) ". */
void console_own_line(struct console *console, const char *text);

#endif
