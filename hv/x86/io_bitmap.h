/* SPDX-License-Identifier: MIT */
/*
 * The TSS's I/O permission bitmap, which lies right behind it. SDM vol. 1,
 * 19.5.2; vol. 3A, 7.2.1, 7.7.
 */
#ifndef X86_IO_BITMAP_H
#define X86_IO_BITMAP_H

#include "lib/types.h"

#define IO_BITMAP_BYTES 8192

/* A clear bit opens a port to all rings. The CPU reads two bytes at a time. */
struct io_bitmap {
	u8 bits[IO_BITMAP_BYTES];
	u8 end; /* all ones */
} __packed;

#endif
