/* SPDX-License-Identifier: MIT */
/* printf formatting without a libc. */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <stdarg.h>

#include "lib/types.h"

/**
 * Format into buf, always terminated if size > 0; returns the length the whole
 * text would have. Understands %d %i %u %x %X %o %c %s %p %% with flags
 * - 0 + space #, width, precision (also *), and h hh l ll z j t; 64-bit values
 * without libgcc. No floats, no %n. Unknown conversions are printed as they are.
 */
int fmt_v(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int fmt(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
