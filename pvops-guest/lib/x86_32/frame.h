/* SPDX-License-Identifier: MIT */
/*
 * What a trap leaves on a 32-bit guest's stack, and what catching one keeps.
 * Included by traps.h; entry.S builds and reads both by offset.
 */
#ifndef PVOPS_GUEST_LIB_FRAME_H
#define PVOPS_GUEST_LIB_FRAME_H

#include <stdint.h>

/* Registers at a trap, low address first. */
struct guest_trap_frame {
	uint32_t gs, fs, es, ds;
	uint32_t di, si, bp, bx, dx, cx, ax;
	uint32_t vector, error_code;
	uint32_t ip;
	uint16_t cs;
	uint16_t saved_upcall_mask;
	uint32_t flags;
	uint32_t sp, ss; /* only if the trap came from ring 3 */
};

struct trap_context {
	uint32_t bx, si, di, bp, sp, ip;
};

#endif
