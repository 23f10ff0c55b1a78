// SPDX-License-Identifier: MIT
/*
 * Claim: every exception that a guest can raise reaches its handler with the
 * exact frame, from ring 1 and from ring 3.
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
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define FLAGS	  0x8d7u /* OF SF ZF AF PF CF, and bit 1 */
#define FLAG_TF	  0x100u
#define FLAG_IF	  0x200u
#define FLAG_NT	  0x4000u
#define FLAG_RF	  0x10000u
#define FLAG_AC	  0x40000u
#define NO_ERROR  0x10000u
#define NOWHERE	  0x40000000u
#define VECTOR_XM 19
#define NOT_THERE 0x1008u /* a descriptor of the guest's range, with no GDT set */

extern const uint8_t frame_code[], boot_stack[];

/* name: at name_at the instruction that traps, at name_end the next. */
#define CODE(name, before, instruction)                                                            \
	#name ": " before "\n" #name "_at: " instruction "\n" #name "_end: ud2\n"
#define DECLARE(name) extern const uint8_t name[], name##_at[], name##_end[]

DECLARE(c_de);
DECLARE(c_bp);
DECLARE(c_of);
DECLARE(c_br);
DECLARE(c_ud);
DECLARE(c_nm);
DECLARE(c_ts);
DECLARE(c_gp);
DECLARE(c_sel);
DECLARE(c_null);
DECLARE(c_read);
DECLARE(c_write);
DECLARE(c_fetch);
DECLARE(c_kernel);
DECLARE(c_mf);
DECLARE(c_icebp);
DECLARE(c_gate);
DECLARE(c_idle);
DECLARE(c_ac);
DECLARE(c_xm);
DECLARE(c_limit);
DECLARE(c_far);
DECLARE(c_stack);

asm(".balign 4096\n"
    "frame_code:\n"
    CODE(c_de, "xorl %ecx, %ecx; pushl $0x8d7; popfl", "divl %ecx")
    CODE(c_bp, "", "int3")
    CODE(c_of, "", "into")
    CODE(c_br, "", "boundl %eax, frame_bounds")
    CODE(c_ud, "", "ud2")
    CODE(c_nm, "", "fnop")
    CODE(c_ts, "", "iret")
    CODE(c_gp, "", "lgdt frame_bounds")
    CODE(c_sel, "", "movw frame_selector, %es")
    CODE(c_null, "", "movw frame_bounds + 12, %ss")
    CODE(c_read, "", "movl 0x40000000, %eax")
    CODE(c_write, "", "movl %eax, 0x40000000")
    CODE(c_fetch, "", "jmp 0x40000000")
    CODE(c_kernel, "", "movl boot_stack, %ecx")
    CODE(c_mf, "fninit; fldcw frame_bounds + 16; fldz; fldz; fdivrp", "fwait")
    CODE(c_icebp, "", ".byte 0xf1")
    CODE(c_gate, "", "int $14")
    CODE(c_idle, "", "nop")
    CODE(c_ac, "", "movl frame_bounds + 1, %eax")
    CODE(c_xm, "ldmxcsr frame_bounds + 8; xorps %xmm0, %xmm0", "divps %xmm0, %xmm0")
    CODE(c_limit, "", "movl 0xf6800000, %eax")
    CODE(c_far, "", "jmp 0xf6800000")
    CODE(c_stack, "", "movl %ss:0xf67fffff, %eax")
    ".balign 8\n"
    "frame_bounds: .long 1, 2, 0, 0, 0x0300\n"
    "frame_selector: .long 0x1008\n"
    ".balign 4096\n");

struct trap_case {
	const char *what;
	const uint8_t *code, *eip;
	unsigned int vector;
	uint32_t error;	 /* from ring 1, or NO_ERROR */
	uint32_t error3; /* from ring 3 */
	uint32_t flags;	 /* besides FLAGS */
	uint32_t cr2;
	unsigned int rings, changed; /* bits */
};

#define BOTH  (1u << 1 | 1u << 3)
#define EXACT 0x100u /* only where the emulator does what the CPU does */

static const struct trap_case cases[] = {
	{ "div", c_de, c_de_at, VECTOR_DE, NO_ERROR, NO_ERROR, 0, 0, BOTH, 2 },
	{ "int3", c_bp, c_bp_end, VECTOR_BP, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "into", c_of, c_of_end, VECTOR_OF, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "bound", c_br, c_br_at, VECTOR_BR, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "ud2", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "ud2 with NT", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, FLAG_NT, 0, BOTH, 0 },
	{ "ud2 with AC", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, FLAG_AC, 0, BOTH, 0 },
	{ "fnop", c_nm, c_nm_at, VECTOR_NM, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "iret with NT", c_ts, c_ts_at, VECTOR_TS, 0, 0, FLAG_NT, 0, BOTH, 0 },
	{ "lgdt", c_gp, c_gp_at, VECTOR_GP, 0, 0, 0, 0, BOTH, 0 },
	{ "mov es", c_sel, c_sel_at, VECTOR_GP, NOT_THERE, NOT_THERE, 0, 0, BOTH, 0 },
	{ "null ss", c_null, c_null_at, VECTOR_GP, 0, 0, 0, 0, BOTH, 0 },
	{ "read", c_read, c_read_at, VECTOR_PF, 0, 4, 0, NOWHERE, BOTH, 0 },
	{ "write", c_write, c_write_at, VECTOR_PF, 2, 6, 0, NOWHERE, BOTH, 0 },
	{ "fetch", c_fetch, (const uint8_t *)NOWHERE, VECTOR_PF, 0, 4, 0, NOWHERE, BOTH, 0 },
	{ "kernel page", c_kernel, c_kernel_at, VECTOR_PF, 0, 5, 0, 1, 1u << 3, 0 },
	{ "fwait", c_mf, c_mf_at, VECTOR_MF, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0 },
	{ "icebp", c_icebp, c_icebp_end, VECTOR_DB, NO_ERROR, NO_ERROR, 0, 0, BOTH | EXACT, 0 },
	{ "int 14", c_gate, c_gate_at, VECTOR_GP, 14 * 8 + 2, 14 * 8 + 2, 0, 0, BOTH, 0 },
	{ "one step", c_idle, c_idle_end, VECTOR_DB, NO_ERROR, NO_ERROR, FLAG_TF, 0, BOTH, 0 },
	{ "one step, NT", c_idle, c_idle_end, VECTOR_DB, NO_ERROR, NO_ERROR, FLAG_TF | FLAG_NT, 0,
	  BOTH, 0 },
	{ "unaligned", c_ac, c_ac_at, VECTOR_AC, NO_ERROR, 0, FLAG_AC, 0, 1u << 3 | EXACT, 0 },
	{ "divps", c_xm, c_xm_at, VECTOR_XM, NO_ERROR, NO_ERROR, 0, 0, BOTH | EXACT, 0 },
	{ "past the limit", c_limit, c_limit_at, VECTOR_GP, 0, 0, 0, 0, BOTH | EXACT, 0 },
	{ "past the limit of ss", c_stack, c_stack_at, VECTOR_SS, 0, 0, 0, 0, BOTH | EXACT, 0 },
	{ "code past the limit", c_far, c_far_at, VECTOR_GP, 0, 0, 0, 0, BOTH | EXACT, 0 },
};

static void check_cr2(const struct trap_case *c)
{
	uint32_t want = c->cr2 == 1 ? (uint32_t)boot_stack : c->cr2;

	if (c->vector == VECTOR_PF)
		TEST_CHECK(vcpu_info->arch.cr2 == want, "%s: cr2 is %lx", c->what,
			   vcpu_info->arch.cr2);
}

static void run_case(const struct trap_case *c, unsigned int ring, bool masked, bool flag)
{
	uint32_t error = ring == 1 ? c->error : c->error3, want[RAW_FRAME_WORDS], nr = 0;
	uint32_t flags = FLAGS | c->flags;
	static const uint32_t mxcsr = 0x1f80;
	struct raw_trap t;
	unsigned int at;

	if (c->vector == VECTOR_NM)
		hypercall_fpu_taskswitch(1);
	raw_run(ring, c->code, flags | (masked ? 0 : FLAG_IF), &t);
	hypercall_fpu_taskswitch(0);
	asm volatile("fninit");
	if (c->vector == VECTOR_XM)
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (error != NO_ERROR)
		want[nr++] = error;
	want[nr++] = (uint32_t)c->eip;
	want[nr++] = (ring == 1 ? FLAT_KERNEL_CS : FLAT_USER_CS) | (uint32_t)masked << 16;
	at = nr;
	want[nr++] = flags | (masked ? 0 : FLAG_IF);
	if (ring == 3) {
		want[nr++] = raw_stack_top(3);
		want[nr++] = FLAT_USER_SS;
	}
	t.word[at] &= ~FLAG_RF; /* faults set it, not in every emulator */
	if (c->code == c_de)
		t.word[at] = (t.word[at] & ~0x8d7u) | FLAGS; /* undefined after a division */
	TEST_CHECK(t.vector == c->vector, "%s, ring %u: vector %u, not %u", c->what, ring,
		   t.vector, c->vector);
	TEST_CHECK(t.nr_words == nr, "%s, ring %u: %u words, not %u", c->what, ring, t.nr_words,
		   nr);
	for (unsigned int i = 0; i < nr; i++)
		TEST_CHECK(t.word[i] == want[i], "%s, ring %u: word %u is %x, not %x", c->what,
			   ring, i, t.word[i], want[i]);
	TEST_CHECK(t.masked == (masked || flag), "%s, ring %u: upcalls %smasked", c->what, ring,
		   t.masked ? "" : "not ");
	TEST_CHECK(!(t.handler_eflags & (FLAG_TF | FLAG_NT | FLAG_AC)),
		   "%s, ring %u: eflags %x in the handler", c->what, ring, t.handler_eflags);
	TEST_CHECK(t.handler_eflags & FLAG_IF, "%s: interrupts are off", c->what);
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
		for (unsigned int i = 0; i < ARRAY_SIZE(cases) * 8; i++) {
			const struct trap_case *c = &cases[i / 8];

			if ((exact || !(c->rings & EXACT)) && c->rings >> (i % 4) & 1)
				run_case(c, i % 4, i & 4, flag);
		}
	}
}
