// SPDX-License-Identifier: MIT
/*
 * Claim: every exception that a guest can raise reaches its handler with the
 * exact frame, from kernel and from user.
 *
 * Rule: #DE, #BP, #OF, #BR, #UD, #NM, #TS (by NT), #SS (by limit), #GP, #PF, #MF, and where
 * the emulator has them #AC, #XM and ICEBP's #DB, push the error code
 * that the SDM gives them or none, eip at or behind the instruction, cs beside the upcall mask,
 * eflags, and from ring 3 esp and ss; no register changes.
 * See: ABI 4.1; SDM 3A 6.13, 6.15
 *
 * Rule: TF, NT and AC are clear in the handler and as they were in the frame.
 * See: ABI 4.1; SDM 3A 6.12.1.3
 *
 * Rule: cr2 is in vcpu_info; bit 2 of #PF's error code says whether ring 3 ran.
 * See: ABI 4.1; SDM 3A 4.7
 */

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "test/guest/trap-frames/trap-frames.h"

static bool has_nx(void)
{
	uint32_t a = 0x80000000, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < 0x80000001)
		return false;
	a = 0x80000001;
	c = 0;
	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d & 1u << 20;
}

static void check_cr2(const struct trap_case *c)
{
	unsigned long want = c->cr2 == ON_BOOT_STACK ? (unsigned long)boot_stack : c->cr2;

	if (c->vector == VECTOR_PF)
		TEST_CHECK(vcpu_info->arch.cr2 == want, "%s: cr2 is %lx", c->what,
			   vcpu_info->arch.cr2);
}

static void run_case(const struct trap_case *c, unsigned int who, bool masked, bool flag)
{
	static const uint32_t mxcsr = 0x1f80;
	uint32_t flags = FLAGS | c->flags;
	struct raw_want want = {
		.vector = c->vector,
		.error = who == RAW_KERNEL ? c->error : c->error3,
		.ip = (unsigned long)c->ip,
		.flags = flags,
		.who = who,
		.masked = masked,
	};
	struct raw_trap t;

	if (c->rings & FETCH && has_nx())
		want.error |= 0x10;
	if (c->vector == VECTOR_NM)
		hypercall_fpu_taskswitch(1);
	raw_run(who, c->code, flags | (masked ? 0 : FLAG_IF), &t);
	hypercall_fpu_taskswitch(0);
	asm volatile("fninit");
	if (c->vector == VECTOR_XM)
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (c->code == c_de)
		raw_forget_flags(&t, &want, FLAGS & ~2u); /* undefined after a division */
	raw_check(c->what, &t, &want);
	TEST_CHECK(t.masked == (masked || flag), "%s, %u: upcalls %smasked", c->what, who,
		   t.masked ? "" : "not ");
	TEST_CHECK(!(t.handler_flags & (FLAG_TF | FLAG_NT | FLAG_AC)),
		   "%s, %u: flags %lx in the handler", c->what, who, t.handler_flags);
	TEST_CHECK(t.handler_flags & FLAG_IF, "%s: interrupts are off", c->what);
	raw_same_registers(c->what, &t, c->changed);
	check_cr2(c);
}

void test_main(void)
{
	bool exact = !strcmp((const char *)start_info->cmd_line, "bochs");

	debug_printf("%s the cases that only exact emulators do\n", exact ? "with" : "without");
	if (raw_init(frame_code)) {
		test_error("can't open pages to ring 3");
		return;
	}
	for (unsigned int flag = 0; flag < 2; flag++) {
		for (unsigned int vector = 0; vector < 32; vector++)
			raw_gate(vector, 0, flag);
		for (unsigned int i = 0; i < nr_trap_cases * 8; i++) {
			const struct trap_case *c = &trap_cases[i / 8];

			if ((exact || !(c->rings & EXACT)) && c->rings >> (i % 4) & 1)
				run_case(c, i % 4, i & 4, flag);
		}
	}
}
