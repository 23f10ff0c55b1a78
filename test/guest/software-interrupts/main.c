// SPDX-License-Identifier: MIT
/*
 * Claim: `int n` reaches the guest's handler exactly if the DPL it gave that
 * handler allows the caller's ring; otherwise it is #GP at the instruction.
 *
 * Rule: `int n`, for every n, from kernel and user: a handler of DPL 0 to 3 gets a frame
 * without error code that points behind the instruction, or #GP gets the error code n * 8 + 2 and
 * points at it.
 * See: ABI 4.1, 4.4; SDM 3A 6.12
 *
 * Rule: A frame holds the upcall mask beside cs and its complement in eflags.IF, and a trap from
 * the user (in 64 bits, any) holds esp and ss; no register changes on the way.
 * See: ABI 4.1
 *
 * Rule: A handler with the mask_events flag starts with upcalls masked, any other with the mask
 * as it was.
 * See: ABI 4.1
 *
 * Rule: `int 0x80` of a 32-bit handler without that flag makes the CPU's own frame.
 * See: ABI 4.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define FLAGS 0x8d7u /* OF SF ZF AF PF CF, and bit 1 */
#define FLAG_IF 0x200u

extern const uint8_t int_code[];

/* 256 times `int n`, 4 bytes each. */
asm(".balign 4096\n"
    "int_code:\n"
    ".set number, 0\n"
    ".rept 256\n"
    ".byte 0xcd, number, 0x0f, 0x0b\n"
    ".set number, number + 1\n"
    ".endr\n"
    ".balign 4096\n");

static void check_frame(unsigned int n, unsigned int who, unsigned int dpl, bool masked)
{
	const uint8_t *code = int_code + n * 4;
	/* int3 and into have gates of DPL 3 of their own. */
	bool allowed = dpl >= who || n == VECTOR_BP || n == VECTOR_OF;
	bool flag = n & 1;
	bool direct = KERNEL_RING == 1 && n == VECTOR_SYSCALL && allowed && !flag;
	struct raw_want want = {
		.vector = allowed ? n : VECTOR_GP,
		.error = allowed ? RAW_NO_ERROR : n * 8 + 2,
		.ip = (unsigned long)code + (allowed ? 2 : 0),
		.flags = FLAGS,
		.who = who,
		.masked = masked && !direct,
	};
	char what[32];
	struct raw_trap t;

	guest_snprintf(what, sizeof(what), "int %x, DPL %u", n, dpl);
	raw_run(who, code, FLAGS | (masked ? 0 : FLAG_IF), &t);
	raw_check(what, &t, &want);
	/* #GP's own gate has the flag, its number being odd. */
	TEST_CHECK(t.masked == (masked || (allowed ? flag : VECTOR_GP & 1)), "%s: upcalls %smasked",
		   what, t.masked ? "" : "not ");
	raw_same_registers(what, &t, 0);
}

void test_main(void)
{
	if (raw_init(int_code)) {
		test_error("can't open pages to ring 3");
		return;
	}
	for (unsigned int dpl = 0; dpl <= 3; dpl++) {
		for (unsigned int n = 0; n < 256; n++)
			if (raw_gate(n, dpl, n & 1))
				test_error("set_trap_table");
		for (unsigned int n = 0; n < 256; n++) {
			/* In ring 1 that is a hypercall, whatever the table says. */
			if (KERNEL_RING == 3 || n != 0x82)
				check_frame(n, RAW_KERNEL, dpl, n & 4);
			check_frame(n, RAW_USER, dpl, n & 8);
		}
	}
}
