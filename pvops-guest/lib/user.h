/* SPDX-License-Identifier: MIT */
/*
 * Running a piece of code as the guest's user, in ring 3, for tests.
 */
#ifndef PVOPS_GUEST_LIB_USER_H
#define PVOPS_GUEST_LIB_USER_H

#include "pvops-guest/lib/traps.h"

/*
 * user_allow - let the user use the page at va (4 KiB of the boot mapping), at
 * the same address and as the kernel may. 0 or the hypervisor's -errno.
 */
int user_allow(unsigned long va);

/*
 * user_run - enter ring 3 at code with the given stack pointer and flat user
 * segments, until a trap that no handler deals with; it is described in
 * *result. The code's and the stack's pages must be allowed. Uses its own
 * kernel stack, set by stack_switch.
 */
void user_run(void (*code)(void), unsigned long stack_top, struct trap_result *result);

/* 64-bit: the user's own root. */

/* user_init - make the root and load it; user_allow() does it by itself. 0 or -errno. */
int user_init(void);

/*
 * user_entry_maddr - machine address of the entry of va in the user's table of
 * that level, 1 to 4, making tables down to there; 0 if one can't be made.
 */
uint64_t user_entry_maddr(unsigned long va, unsigned int level);

struct iret_context;

/*
 * user_run_frame - the same by any frame of the iret hypercall, to the user or
 * to the kernel; VECTOR_UD at once if the call refuses it.
 */
void user_run_frame(const struct iret_context *frame, struct trap_result *result);

/* user_map - let the user use frame mfn at va, with these flags of an entry. 0 or -errno. */
int user_map(unsigned long va, unsigned long mfn, uint64_t flags);

#endif
