/* SPDX-License-Identifier: MIT */
/*
 * The victim's part in ring 3: registers that must not change.
 */
#ifndef TEST_GUEST_VICTIM_VICTIM_H
#define TEST_GUEST_VICTIM_VICTIM_H

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/traps.h"

/* A page that ring 3 may use: its stack, and a word that asks it to come back. */
struct victim_shared {
	volatile uint32_t stop; /* first: the assembly knows */
	uint8_t stack[PAGE_SIZE - sizeof(uint32_t)];
};
extern struct victim_shared victim_shared;

/* victim_user_setup - open its pages to ring 3. 0 or -errno. */
int victim_user_setup(void);

/*
 * victim_user_spin - fill every register a user has, FPU and SSE too, loop in
 * ring 3 with upcalls enabled, and report a failure if one differs afterwards.
 */
void victim_user_spin(void);

/* The width's part: a page of code, and what its registers have to be. */
extern char victim_code[];
void victim_loop(void);

/* victim_check_registers - report each one of the frame that victim_loop didn't leave so. */
void victim_check_registers(const struct guest_trap_frame *seen, unsigned long stack_top);

#endif
