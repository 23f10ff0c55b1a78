/* SPDX-License-Identifier: MIT */
/*
 * Running a piece of code in ring 3, for tests.
 */
#ifndef PVOPS_GUEST_LIB_USER_H
#define PVOPS_GUEST_LIB_USER_H

#include "pvops-guest/lib/traps.h"

/*
 * user_allow - let ring 3 use the page at va (4 KiB of the boot mapping),
 * through its L2 and L1 entries. 0 or the hypervisor's -errno.
 */
int user_allow(unsigned long va);

/*
 * user_run - enter ring 3 at code with the given stack pointer and flat ring-3
 * segments, until a trap that no handler deals with; it is described in
 * *result. The code's and the stack's pages must be allowed. Uses its own
 * kernel stack, set by stack_switch.
 */
void user_run(void (*code)(void), unsigned long stack_top, struct trap_result *result);

#endif
