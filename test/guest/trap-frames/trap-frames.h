/* SPDX-License-Identifier: MIT */
/*
 * The traps to provoke, a list for each width.
 */
#ifndef TEST_GUEST_TRAP_FRAMES_H
#define TEST_GUEST_TRAP_FRAMES_H

#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/traps.h"

#define FLAGS	  0x8d7u /* OF SF ZF AF PF CF, and bit 1 */
#define FLAG_TF	  0x100u
#define FLAG_IF	  0x200u
#define FLAG_NT	  0x4000u
#define FLAG_AC	  0x40000u
#define NO_ERROR  RAW_NO_ERROR
#define NOWHERE	  0x40000000u
#define VECTOR_XM 19

extern const uint8_t frame_code[], boot_stack[];

/* name: at name_at the instruction that traps, at name_end the next. */
#define CODE(name, before, instruction)                                                            \
#name ": " before "\n" #name "_at: " instruction "\n" #name "_end: ud2\n"
#define DECLARE(name) extern const uint8_t name[], name##_at[], name##_end[]

struct trap_case {
	const char *what;
	const uint8_t *code, *ip;
	unsigned int vector;
	uint32_t error; /* from the kernel, or NO_ERROR */
	uint32_t error3; /* from the user */
	uint32_t flags; /* besides FLAGS */
	unsigned long cr2;
	unsigned int rings, changed; /* bits */
};

#define ON_BOOT_STACK 1ul /* as cr2: the kernel's boot_stack */

#define BOTH  (1u << RAW_KERNEL | 1u << RAW_USER)
#define USER  (1u << RAW_USER)
#define EXACT 0x100u /* only where the emulator does what the CPU does */
#define FETCH 0x200u /* an instruction fetch: with NX its error code says so */

DECLARE(c_de); /* leaves flags undefined */
extern const struct trap_case trap_cases[];
extern const unsigned int nr_trap_cases;

#endif
