/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own output, and its last words.
 */
#ifndef KERN_PANIC_H
#define KERN_PANIC_H

/* Formatted text to the console, at most 255 bytes; format as in lib/printf.h. Any context. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say why, then end the machine as crashed. Any context; does not return. */
void panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
