// SPDX-License-Identifier: MIT
/*
 * Traps word by word. Called by tests; the entry and the stack's layout are the
 * width's rawentry.c.
 */

#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/test.h"

#define NR_GATES 256u
#define FLAG_IF	 0x200ul
#define FLAG_RF	 0x10000ul

int raw_gate(unsigned int vector, unsigned int dpl, bool mask_events)
{
	struct trap_info table[2] = {0};

	table[0].vector = (uint8_t)vector;
	table[0].flags = (uint8_t)(dpl | (mask_events ? 4 : 0));
	table[0].cs = FLAT_KERNEL_CS;
	table[0].address = raw_address(vector);
	return hypercall_set_trap_table(table);
}

int raw_gates(unsigned int dpl, bool mask_events)
{
	for (unsigned int vector = 0; vector < NR_GATES; vector++) {
		int ret = raw_gate(vector, dpl > 3 ? vector & 3 : dpl, mask_events);

		if (ret)
			return ret;
	}
	return 0;
}

void raw_check(const char *what, const struct raw_trap *trap, const struct raw_want *want)
{
	struct raw_want w = *want;
	unsigned long word[RAW_FRAME_WORDS];
	unsigned int nr, at_flags;
	const char *who = w.who == RAW_USER ? "user" : "kernel";

	w.flags = (w.flags & ~FLAG_IF) | (w.masked ? 0 : FLAG_IF);
	nr = raw_words(&w, word, &at_flags);
	TEST_CHECK(trap->vector == w.vector, "%s, %s: vector %x, not %x", what, who, trap->vector,
		   w.vector);
	TEST_CHECK(trap->nr_words == nr, "%s, %s: %u words, not %u", what, who, trap->nr_words, nr);
	for (unsigned int i = 0; i < nr; i++) {
		unsigned long differs = trap->word[i] ^ word[i];

		if (i == at_flags)
			differs &= ~FLAG_RF;
		TEST_CHECK(!differs, "%s, %s: word %u is %lx, not %lx", what, who, i, trap->word[i],
			   word[i]);
	}
}

void raw_forget_flags(const struct raw_trap *trap, struct raw_want *want, unsigned long flags)
{
	unsigned long word[RAW_FRAME_WORDS];
	unsigned int at_flags;

	raw_words(want, word, &at_flags);
	want->flags = (want->flags & ~flags) | (trap->word[at_flags] & flags);
}

bool raw_same_registers(const char *what, const struct raw_trap *trap, unsigned int but)
{
	static const char *const names[] = {"ax", "cx", "dx",  "bx",  "sp",  "bp",  "si",  "di",
					    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	static const char *const segments[] = {"ds", "es", "fs", "gs"};

	for (unsigned int i = 0; i < RAW_NR_REGISTERS; i++)
		if (i != 4 && !(but >> i & 1) && trap->reg[i] != raw_values[i]) {
			test_failure("%s: %s is %lx", what, names[i], trap->reg[i]);
			return false;
		}
	for (unsigned int i = 0; i < ARRAY_SIZE(segments); i++)
		if (!(but >> (16 + i) & 1) && trap->segment[i] != RAW_SEGMENT) {
			test_failure("%s: %s is %x", what, segments[i], trap->segment[i]);
			return false;
		}
	return true;
}
