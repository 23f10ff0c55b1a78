// SPDX-License-Identifier: MIT
/*
 * Claim: whatever a process in ring 3 executes, it ends in a trap of its own
 * kernel or goes on; nothing else of the guest changes, and the monitor and
 * its other guests never notice.
 *
 * Rule: No instruction of ring 3 reaches more than what its kernel mapped for it.
 * See: SDM 3A 5.5
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define ROUNDS 3000
#define STEPS 48 /* instructions of one round */
#define POPF 0x9d
#define IRET 0xcf

/* Everything ring 3 may touch: one page of code, one of stack. */
static uint8_t code[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
static uint32_t canary[1024] __attribute__((aligned(4096)));

static uint64_t state;
static unsigned int steps, traps[256];

static uint32_t random32(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 32);
}

static bool on_step(struct guest_trap_frame *frame)
{
	/* ICEBP and string instructions come here too. */
	frame->flags |= 0x100;
	return ++steps < STEPS;
}

/* Opcodes that matter more often than by chance. */
static uint8_t random_byte(void)
{
	static const uint8_t spicy[] = { 0x0f, 0x0f, 0x8e, 0x9a, 0xea, 0xca, 0xcb, 0xcd, 0xcc, 0xce,
					 0xf1, 0x8c, 0x07, 0x1f, 0x17, 0xa1, 0xa9, 0xb2, 0xb4, 0xb5,
					 0xc4, 0xc5, 0xc8, 0xc9, 0xe4, 0xee, 0x6c, 0x6f, 0xf4, 0xfa,
					 0x34, 0x05, 0x01, 0x00, 0x02, 0x03, 0x20, 0x22, 0x30, 0x32,
					 0x82, 0x80, 0xe0, 0xff, 0xf0, 0x66, 0x67, 0xf2, 0xf3,
					 0x65 };
	uint32_t r = random32();
	uint8_t b = r & 1 ? spicy[(r >> 8) % sizeof(spicy)] : (uint8_t)(r >> 16);

	/* These could end the single-stepping, and with it the round. */
	return b == POPF || b == IRET ? 0x90 : b;
}

static void fill(void)
{
	/* pushfl; orl $TF, (%esp); popfl */
	static const uint8_t start[] = { 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, POPF };

	for (unsigned int i = 0; i < sizeof(code); i++)
		code[i] = random_byte();
	memcpy(code, start, sizeof(start));
	for (unsigned int i = 0; i < sizeof(stack); i += 4)
		*(uint32_t *)(void *)&stack[i] = random32();
}

void test_main(void)
{
	struct trap_result r;
	unsigned int other = 0;

	asm volatile("rdtsc" : "=A"(state));
	debug_printf("seed %x%08x\n", (uint32_t)(state >> 32), (uint32_t)state);
	trap_set_handler(VECTOR_DB, on_step);
	if (user_allow((unsigned long)code) || user_allow((unsigned long)stack)) {
		test_error("can't open pages to ring 3");
		return;
	}
	for (unsigned int i = 0; i < 1024; i++)
		canary[i] = i ^ 0x5a5a5a5a;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		fill();
		steps = 0;
		user_run((void (*)(void))(unsigned long)code,
			 (unsigned long)stack + sizeof(stack) / 2, &r);
		TEST_CHECK((r.cs & 3) == 3, "round %u: a trap from cs %x", round, r.cs);
		traps[r.vector & 0xff]++;
	}
	for (unsigned int i = 0; i < 1024; i++)
		TEST_CHECK(canary[i] == (i ^ 0x5a5a5a5a), "the kernel's page changed at %u", i);
	for (unsigned int i = 0; i < 256; i++)
		other += i != VECTOR_DB && i != VECTOR_GP && i != VECTOR_PF && i != VECTOR_UD ?
				 traps[i] : 0;
	debug_printf("#DB %u #UD %u #GP %u #PF %u others %u\n", traps[VECTOR_DB], traps[VECTOR_UD],
		     traps[VECTOR_GP], traps[VECTOR_PF], other);
	TEST_CHECK(traps[VECTOR_UD] && traps[VECTOR_GP] && traps[VECTOR_PF], "too tame");
}
