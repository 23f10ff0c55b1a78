/* SPDX-License-Identifier: MIT */
/* What the two widths of the walker do differently: its user. */
#ifndef TEST_BOCHS_WALKER_H
#define TEST_BOCHS_WALKER_H

#include <stdbool.h>
#include <stdint.h>
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/traps.h"

#define STUB_BYTES 16
#define CALL_VECTOR 0x90 /* a stub of a vector that nothing else uses */

extern const uint8_t trap_stubs[];

/*
 * The user: a system call, a store to walk_lazy_page, and a system call in
 * another way, which is the last thing it does.
 */
extern char walk_user_code[];
void walk_user(void);

/* Not there until the user touches it; taken away again each round. */
extern uint8_t walk_lazy_page[PAGE_SIZE];

/* Where system calls arrive that aren't int 0x80. */
void walk_register_call(void);
/* Show the frame at walk_lazy_page, or nothing; whether that was accepted. */
bool walk_map_lazy_page(unsigned long mfn, bool present);
/* Which vector the user's last system call comes by. */
extern const unsigned int walk_last_vector;

#endif
