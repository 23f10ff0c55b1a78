/* SPDX-License-Identifier: MIT */
/* A module's kernel as an ELF image, unpacked if need be. Between kernel.c and modules.c. */
#ifndef DOMAIN_KERNEL_H
#define DOMAIN_KERNEL_H

#include "lib/image.h"
#include "platform/platform.h"

/* Not to be moved while it is open: the image reads through it. */
struct kernel {
	struct image image;	/* the ELF file */
	struct scratch scratch;	/* where it was unpacked; not open: it is the module itself */
	u8 *unpacked;		/* in the scratch space */
};

/**
 * Make a boot module's kernel readable as an ELF image.
 * @mod: the module, as the boot loader left it; compressed or not.
 * @max_bytes: an unpacked image may not be larger; 0: as large as there is memory.
 * Returns NULL, or why it is refused; then there is nothing to close.
 * Unpacking takes some seconds on old machines. Interrupts off; they are let
 * in while a vcpu is current.
 */
const char *kernel_open(const struct boot_module *mod, u64 max_bytes, struct kernel *k)
	__must_check;
/* Give back what unpacking took. */
void kernel_close(struct kernel *k);

#endif
