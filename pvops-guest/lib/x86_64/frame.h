/* SPDX-License-Identifier: MIT */
/*
 * What a trap leaves on a 64-bit guest's stack, and what catching one keeps.
 * Included by traps.h; entry.S builds and reads both by offset.
 */
#ifndef PVOPS_GUEST_LIB_FRAME_H
#define PVOPS_GUEST_LIB_FRAME_H

#include <stdint.h>

/* Registers at a trap, low address first. */
struct guest_trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t di, si, bp, bx, dx, cx, ax;
	uint64_t vector;
	uint32_t error_code, error_code_high;
	uint64_t ip;
	uint16_t cs, cs_high;
	uint16_t saved_upcall_mask, mask_high;
	uint64_t flags;
	uint64_t sp, ss; /* always there */
};

struct trap_context {
	uint64_t bx, bp, r12, r13, r14, r15, sp, ip;
};

#endif
