/* SPDX-License-Identifier: MIT */
/*
 * The terminal: lines in, with echo and backspace; text out.
 */
#ifndef KERN_TTY_H
#define KERN_TTY_H

#include "kern/types.h"

/* A character was typed; called by the consoles of native/ and xen/, irqs off. */
void tty_input(char c);

/*
 * Copy the next line, with its newline, or as much of it as fits. Sleeps until
 * there is one; 0 if the process was killed meanwhile. irqs off.
 * `buffer` is written after the last sleep only.
 */
size_t tty_read(char *buffer, size_t size);

#endif
