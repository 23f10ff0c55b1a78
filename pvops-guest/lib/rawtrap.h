/* SPDX-License-Identifier: MIT */
/*
 * Traps word by word, for tests of frames: code is entered in ring 1 or 3 with
 * known registers, and what its first trap leaves on the stack is kept as it is.
 */
#ifndef PVOPS_GUEST_LIB_RAWTRAP_H
#define PVOPS_GUEST_LIB_RAWTRAP_H

#include <stdbool.h>
#include <stdint.h>

#define RAW_FRAME_WORDS 6
#define RAW_DS 0xe033u /* in ds, es, fs and gs of what runs */

/* What raw_run() puts into the registers. */
#define RAW_EAX 0xa0a1a2a3u
#define RAW_EBX 0xb0b1b2b3u
#define RAW_ECX 0xc0c1c2c3u
#define RAW_EDX 0xd0d1d2d3u
#define RAW_ESI 0x5e515e51u
#define RAW_EDI 0xed1ed1edu
#define RAW_EBP 0xeb9eb9ebu

struct raw_trap {
	uint32_t vector;	      /* of the gate through which it came */
	uint32_t word[RAW_FRAME_WORDS]; /* from the stack pointer up */
	uint32_t nr_words;	      /* up to where the stack began */
	uint32_t handler_eflags;
	bool masked;		      /* upcalls, in the handler */
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ds, es, fs, gs;
};

/* raw_init - open the code's page and the stacks to ring 3. 0 or -errno. */
int raw_init(const void *code_page);

/* raw_gate - set the trap table's entry of one vector, 0-255. 0 or -errno. */
int raw_gate(unsigned int vector, unsigned int dpl, bool mask_events);

/* raw_gates - the same for all 256; with a dpl over 3 vector n gets n % 4. */
int raw_gates(unsigned int dpl, bool mask_events);

/* raw_address - of the entry that stands for a vector, for callbacks. */
unsigned long raw_address(unsigned int vector);

/*
 * raw_run - enter code in the given ring, on an own stack, with these flags
 * (IF: upcalls are enabled), until its first trap through a raw gate.
 */
void raw_run(unsigned int ring, const void *code, uint32_t eflags, struct raw_trap *trap);

/* Top of the stack on which code runs, in either ring. */
unsigned long raw_stack_top(unsigned int ring);

/*
 * raw_same_registers - report a failure and return false if a register has
 * changed, but for those whose bits are set in but: in the CPU's order, eax ecx
 * edx ebx esp ebp esi edi, and from bit 8 on ds es fs gs.
 */
bool raw_same_registers(const char *what, const struct raw_trap *trap, unsigned int but);

#endif
