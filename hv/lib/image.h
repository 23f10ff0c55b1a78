/* SPDX-License-Identifier: MIT */
/*
 * A byte source of known length: a boot module, or a test's buffer.
 *
 * Modules may lie above the monitor's direct map, and will one day be
 * unpacked on the fly, so nobody gets a pointer to a whole image.
 */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include "lib/types.h"

struct image {
	u64 len_bytes;
	/**
	 * Copy [off, off + n) to dst. The caller has checked the range with
	 * image_read(); implementations may assume it lies within len_bytes.
	 */
	void (*copy)(const struct image *img, u64 off, void *dst, size_t n);
	u64 base; /* for the implementation: machine address, or host pointer */
};

/* Checked read: false, and dst untouched, if the range leaves the image. */
static inline bool image_read(const struct image *img, u64 off, void *dst, size_t n)
{
	if (off > img->len_bytes || n > img->len_bytes - off)
		return false;
	img->copy(img, off, dst, n);
	return true;
}

#endif
