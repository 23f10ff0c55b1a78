// SPDX-License-Identifier: MIT
/*
 * Claim: `int n` reaches the guest's handler exactly if the DPL it gave that
 * handler allows the caller's ring; otherwise it is #GP at the instruction.
 *
 * Rule: `int n`, for every n, from ring 1 and ring 3: a handler of DPL 0 to 3 gets a frame
 * without error code that points behind the instruction, or #GP gets the error code n * 8 + 2 and
 * points at it.
 * See: ABI 4.1, 4.4; SDM 3A 6.12
 *
 * Rule: A frame holds the upcall mask beside cs and its complement in eflags.IF, and a trap from
 * ring 3 holds esp and ss; no register changes on the way.
 * See: ABI 4.1
 *
 * Rule: A handler with the mask_events flag starts with upcalls masked, any other with the mask
 * as it was.
 * See: ABI 4.1
 *
 * Rule: `int 0x80` of a handler without that flag makes the CPU's own frame.
 * See: ABI 4.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define FLAGS 0x8d7u /* OF SF ZF AF PF CF, and bit 1 */
#define FLAG_IF 0x200u
#define FLAG_RF 0x10000u

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

static void check_frame(unsigned int n, unsigned int ring, unsigned int dpl, bool masked)
{
	const uint8_t *code = int_code + n * 4;
	/* int3 and into have gates of DPL 3 of their own. */
	bool allowed = dpl >= ring || n == VECTOR_BP || n == VECTOR_OF;
	bool flag = n & 1, direct = n == VECTOR_SYSCALL && allowed && !flag;
	uint32_t want[RAW_FRAME_WORDS], nr = 0;
	struct raw_trap t;

	raw_run(ring, code, FLAGS | (masked ? 0 : FLAG_IF), &t);
	if (!allowed)
		want[nr++] = n * 8 + 2;
	want[nr++] = (uint32_t)code + (allowed ? 2 : 0);
	want[nr++] = (ring == 1 ? FLAT_KERNEL_CS : FLAT_USER_CS) | (masked && !direct) << 16;
	want[nr++] = FLAGS | (masked && !direct ? 0 : FLAG_IF);
	if (ring == 3) {
		want[nr++] = raw_stack_top(3);
		want[nr++] = FLAT_USER_SS;
	}
	/* For a fault CPUs push RF, emulators not always. */
	if (!allowed)
		t.word[3] &= ~FLAG_RF;
	TEST_CHECK(t.vector == (allowed ? n : VECTOR_GP), "int %x, ring %u, DPL %u: vector %x", n,
		   ring, dpl, t.vector);
	TEST_CHECK(t.nr_words == nr, "int %x, ring %u, DPL %u: %u words, not %u", n, ring, dpl,
		   t.nr_words, nr);
	for (unsigned int i = 0; i < nr; i++)
		TEST_CHECK(t.word[i] == want[i], "int %x, ring %u, DPL %u: word %u is %x, not %x",
			   n, ring, dpl, i, t.word[i], want[i]);
	/* #GP's own gate has the flag, its number being odd. */
	TEST_CHECK(t.masked == (masked || (allowed ? flag : VECTOR_GP & 1)),
		   "int %x, ring %u, DPL %u: upcalls %smasked", n, ring, dpl,
		   t.masked ? "" : "not ");
	raw_same_registers("int n", &t, 0);
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
			if (n != 0x82)
				check_frame(n, 1, dpl, n & 4);
			check_frame(n, 3, dpl, n & 8);
		}
	}
}
