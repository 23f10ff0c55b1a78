// SPDX-License-Identifier: MIT
/*
 * The terminal's line discipline. Called by the console interrupts (input) and
 * by the read system call.
 *
 * Characters collect in `line`, where backspace can still remove them. Enter
 * moves the line to `ready`, a ring from which readers take it.
 */
#include "kern/tty.h"
#include "kern/proc.h"
#include "pv_ops.h"

#define LINE_MAX   128
#define READY_SIZE 1024 /* a power of two */

static char line[LINE_MAX];
static unsigned int line_len;
static char ready[READY_SIZE];
static unsigned int ready_head, ready_tail; /* free running */
static unsigned int nr_lines;

/* Finish the line: hand it to the readers. A line for which there is no room is lost. */
static void line_done(void)
{
	pv_ops.console.write("\n", 1);
	if (READY_SIZE - (ready_head - ready_tail) > line_len) {
		for (unsigned int i = 0; i < line_len; i++)
			ready[ready_head++ % READY_SIZE] = line[i];
		ready[ready_head++ % READY_SIZE] = '\n';
		nr_lines++;
	}
	line_len = 0;
	proc_wake(ready);
}

void tty_input(char c)
{
	if (c == '\r' || c == '\n') {
		line_done();
	} else if (c == '\b' || c == 0x7f) {
		if (line_len == 0)
			return;
		line_len--;
		pv_ops.console.write("\b \b", 3);
	} else if (c >= ' ' && line_len < LINE_MAX) {
		line[line_len++] = c;
		pv_ops.console.write(&c, 1);
	}
}

size_t tty_read(char *buffer, size_t size)
{
	size_t len = 0;
	char c = 0;

	while (nr_lines == 0) {
		if (proc_current()->killed)
			return 0;
		proc_block(ready);
	}
	while (len < size && c != '\n') {
		c = ready[ready_tail++ % READY_SIZE];
		buffer[len++] = c;
	}
	if (c == '\n')
		nr_lines--;
	return len;
}
