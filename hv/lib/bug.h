/* SPDX-License-Identifier: MIT */
/*
 * The third verb of failure: we are wrong. Never used on a value that a guest
 * supplied. BUG_ON is always on; ASSERT only in debug builds (make DEBUG=y)
 * and in host tests.
 */
#ifndef LIB_BUG_H
#define LIB_BUG_H

#include "lib/types.h"

/**
 * Stop the machine with file, line and a symbolised backtrace.
 * Implemented by platform/panic.c, and by the harness in host tests.
 */
void bug(const char *file, int line, const char *what) __noreturn;

#define BUG() bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(cond)                                        \
	do {                                                \
		if (unlikely(cond))                         \
			bug(__FILE__, __LINE__, #cond);     \
	} while (0)

#if defined(DEBUG) || defined(RINGLET_HOST)
#define ASSERT(cond) BUG_ON(!(cond))
#else
#define ASSERT(cond) ((void)sizeof(!(cond)))
#endif

#endif
