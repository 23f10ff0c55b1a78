/* SPDX-License-Identifier: MIT */
/*
 * Formatted text for guests: to a buffer, and to the hypervisor's console.
 */
#ifndef PVOPS_GUEST_LIB_PRINTF_H
#define PVOPS_GUEST_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>

/*
 * guest_vsnprintf - format into buf, at most size bytes with the final NUL.
 * Knows %d %i %u %x %X %p %c %s %%, the flags '0' and '-', width and
 * precision (also as '*'), and the lengths h, l, ll, z. Anything else is
 * copied as it stands. Returns the length the whole text would have.
 */
int guest_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

int guest_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* debug_write - write bytes through console_io; an error is ignored. */
void debug_write(const char *text, size_t len_bytes);

/* debug_printf - formatted text of up to 255 bytes through console_io. */
void debug_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
