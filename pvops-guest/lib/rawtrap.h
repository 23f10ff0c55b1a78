/* SPDX-License-Identifier: MIT */
/*
 * Traps word by word, for tests of frames: code is entered as the guest's
 * kernel or user with known registers, and what its first trap leaves on the
 * stack is kept as it is.
 */
#ifndef PVOPS_GUEST_LIB_RAWTRAP_H
#define PVOPS_GUEST_LIB_RAWTRAP_H

#include <stdbool.h>
#include <stdint.h>
#include "raw.h"

#define RAW_KERNEL 1u
#define RAW_USER   3u

#define RAW_NO_ERROR 0x10000u

struct raw_trap {
	unsigned int vector; /* of the gate through which it came */
	unsigned long word[RAW_FRAME_WORDS]; /* from the stack pointer up */
	unsigned int nr_words; /* up to where the stack began */
	unsigned long handler_flags;
	bool masked; /* upcalls, in the handler */
	unsigned long reg[RAW_NR_REGISTERS]; /* in the CPU's order: ax cx dx bx sp bp si di … */
	uint16_t segment[4]; /* ds es fs gs */
};

/* What a frame should say. */
struct raw_want {
	unsigned int vector;
	uint32_t error; /* or RAW_NO_ERROR */
	unsigned long ip;
	unsigned long flags; /* but for IF, which is masked's complement */
	unsigned int who; /* RAW_KERNEL, RAW_USER */
	bool masked; /* upcalls, before the trap */
};

/* raw_init - open the code's page and the stacks to the user. 0 or -errno. */
int raw_init(const void *code_page);

/* raw_gate - set the trap table's entry of one vector, 0-255. 0 or -errno. */
int raw_gate(unsigned int vector, unsigned int dpl, bool mask_events);

/* raw_gates - the same for all 256; with a dpl over 3 vector n gets n % 4. */
int raw_gates(unsigned int dpl, bool mask_events);

/* raw_address - of the entry that stands for a vector, for callbacks. */
unsigned long raw_address(unsigned int vector);

/*
 * raw_run - enter code as RAW_KERNEL or RAW_USER, on an own stack, with these
 * flags (IF: upcalls are enabled), until its first trap through a raw gate.
 */
void raw_run(unsigned int who, const void *code, unsigned long flags, struct raw_trap *trap);

/* raw_run_frame - 64-bit: the same by any frame of the iret hypercall. */
struct iret_context;
void raw_run_frame(const struct iret_context *frame, struct raw_trap *trap);

/* Top of the stack on which code runs as one or the other. */
unsigned long raw_stack_top(unsigned int who);

/*
 * raw_check - report a failure for whatever differs: vector, number of words,
 * any of them. RF is not compared: CPUs push it for a fault, emulators not always.
 */
void raw_check(const char *what, const struct raw_trap *trap, const struct raw_want *want);

/* raw_forget_flags - take over the frame's values of these flags into what is wanted. */
void raw_forget_flags(const struct raw_trap *trap, struct raw_want *want, unsigned long flags);

/*
 * raw_same_registers - report a failure and return false if a register has
 * changed, but for those whose bits are set in but: in the CPU's order, and
 * from bit 16 on ds es fs gs.
 */
bool raw_same_registers(const char *what, const struct raw_trap *trap, unsigned int but);

/* What raw_run() puts into the registers; that of sp means nothing. */
extern const unsigned long raw_values[RAW_NR_REGISTERS];

/*
 * raw_words - the frame that is wanted, as words; *at_flags is which of them are
 * the flags. Returns how many.
 */
unsigned int raw_words(const struct raw_want *want, unsigned long *word, unsigned int *at_flags);

#endif
