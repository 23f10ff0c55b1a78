/* SPDX-License-Identifier: MIT */
/*
 * Exceptions of a PV guest: the trap table, handlers in C, and a way to run
 * code that may fault and learn what happened.
 */
#ifndef PVOPS_GUEST_LIB_TRAPS_H
#define PVOPS_GUEST_LIB_TRAPS_H

#include <stdbool.h>
#include <stdint.h>
#include "frame.h"
#include "width.h"

#define VECTOR_DE	0
#define VECTOR_DB	1
#define VECTOR_NMI	2
#define VECTOR_BP	3
#define VECTOR_OF	4
#define VECTOR_BR	5
#define VECTOR_UD	6
#define VECTOR_NM	7
#define VECTOR_DF	8
#define VECTOR_TS	10
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_GP	13
#define VECTOR_PF	14
#define VECTOR_MF	16
#define VECTOR_AC	17
#define VECTOR_SYSCALL	0x80
#define VECTOR_EVENT	0x100 /* event callback, not a CPU vector */
#define VECTOR_FAILSAFE 0x101 /* failsafe callback, likewise */

/* Did the trap come from the guest's user? Its kernel's cs has another privilege level. */
static inline bool trap_from_user(const struct guest_trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

/*
 * A handler returns true if it dealt with the trap and the interrupted code
 * shall go on with *frame (which it may change).
 */
typedef bool (*trap_handler_t)(struct guest_trap_frame *frame);

/* What a caught trap was. */
struct trap_result {
	bool trapped;
	uint32_t vector, error_code;
	unsigned long ip;
	unsigned long cr2; /* valid for VECTOR_PF */
	uint16_t cs;
};

/*
 * traps_init - install the trap table: vectors 0-31 and 0x80, software
 * interrupts from ring 3 for 3, 4, 5 and 0x80. Called by guest_init().
 */
void traps_init(void);

/*
 * trap_set_gate - (re)install the gate of one vector (0-255) with the lowest
 * privilege dpl that may raise it by `int n`, masking upcalls on entry or not.
 * Returns 0 or the hypervisor's -errno.
 */
int trap_set_gate(unsigned int vector, unsigned int dpl, bool mask_events);

/* trap_set_handler - handler for a vector (0-0x101), NULL for none. */
void trap_set_handler(unsigned int vector, trap_handler_t handler);

/*
 * trap_catch - call fn(arg); if it raises a trap that no handler deals with,
 * stop it there and describe the trap in *result. May be nested. The caller's
 * stack and flat segments are restored; other effects of fn stay.
 * Returns true if it trapped.
 */
bool trap_catch(void (*fn)(void *arg), void *arg, struct trap_result *result);

/* Accesses that may fault; they return true if the access succeeded. */
bool probe_read32(unsigned long va, uint32_t *value, struct trap_result *result);
bool probe_write32(unsigned long va, uint32_t value, struct trap_result *result);

#endif
