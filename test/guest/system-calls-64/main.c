// SPDX-License-Identifier: MIT
/*
 * Claim: SYSCALL and SYSENTER of a 64-bit guest's user reach the callbacks, from
 * 64-bit and from 32-bit code, with whatever flags the user had; without a
 * callback they are the user's own faults.
 *
 * Rule: The frame of a system call has rip and rflags also as rcx and r11, flat user selectors,
 * the user's rsp and no error code; its handler starts with TF, DF, NT, AC and RF clear.
 * See: ABI 4.1, 4.4; SDM 3A 5.8.8
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define SYSCALL_VECTOR	 0x90 /* of stubs that nothing else uses */
#define SYSENTER_VECTOR	 0x91
#define SYSCALL32_VECTOR 0x92
#define STUB_BYTES	 16
#define FLAG_TF		 0x100ul
#define FLAG_IF		 0x200ul
#define FLAG_DF		 0x400ul
#define FLAG_NT		 0x4000ul
#define FLAG_RF		 0x10000ul
#define FLAG_AC		 0x40000ul
#define ALL_FLAGS	 (FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_AC)
#define ARITHMETIC	 0x8d7ul /* OF SF ZF AF PF CF, and bit 1 */
#define LOW_CODE	 0x10000000ul
#define INTEL		 0x756e6547u

extern const uint8_t user_code[], user_syscall[], user_syscall_end[], user_sysenter[];
extern const char trap_stubs[];

/* Both instructions are the same in 64-bit and in 32-bit code. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_syscall: syscall\n"
    "user_syscall_end: ud2\n"
    "user_sysenter: sysenter\n"
    "ud2\n"
    ".balign 4096\n");

static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
static struct guest_trap_frame seen;

static bool keep_frame(struct guest_trap_frame *frame)
{
	seen = *frame;
	return false; /* ends user_run_frame() */
}

static bool is_intel(void)
{
	uint32_t a = 0, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b == INTEL;
}

static int set_callback(unsigned int type, unsigned long address)
{
	struct callback_register reg = {.type = (uint16_t)type, .address = address};

	return hypercall_callback_op(CALLBACKOP_register, &reg);
}

static unsigned long stub(unsigned int vector)
{
	return (unsigned long)trap_stubs + vector * STUB_BYTES;
}

/* From 64-bit code at its own address, or from 32-bit code at a low one. */
static unsigned int run(const uint8_t *code, uint16_t cs)
{
	struct iret_context frame = {
		.rip = cs == FLAT_USER_CS32 ? LOW_CODE + (unsigned long)(code - user_code)
					    : (unsigned long)code,
		.cs = cs,
		.rflags = FLAG_IF | 2,
		.rsp = cs == FLAT_USER_CS32 ? LOW_CODE + PAGE_SIZE - 64
					    : (unsigned long)stack + PAGE_SIZE,
		.ss = FLAT_USER_SS,
	};
	struct trap_result r;

	user_run_frame(&frame, &r);
	return r.vector;
}

static void check_flags(unsigned long flags)
{
	struct raw_trap t;

	raw_run(RAW_USER, user_syscall, ARITHMETIC | FLAG_IF | flags, &t);
	TEST_CHECK(t.vector == SYSCALL_VECTOR && t.nr_words == 7, "flags %lx: vector %x, %u words",
		   flags, t.vector, t.nr_words);
	TEST_CHECK(t.word[0] == (unsigned long)user_syscall_end && t.word[2] == t.word[0],
		   "flags %lx: rcx %lx, rip %lx", flags, t.word[0], t.word[2]);
	TEST_CHECK(!((t.word[1] ^ (ARITHMETIC | FLAG_IF | flags)) & ~FLAG_RF),
		   "flags %lx: r11 is %lx", flags, t.word[1]);
	TEST_CHECK(!((t.word[4] ^ (ARITHMETIC | FLAG_IF | flags)) & ~FLAG_RF),
		   "flags %lx: rflags in the frame are %lx", flags, t.word[4]);
	TEST_CHECK(t.word[3] == FLAT_USER_CS && t.word[6] == FLAT_USER_SS,
		   "flags %lx: cs %lx, ss %lx", flags, t.word[3], t.word[6]);
	TEST_CHECK(t.word[5] == raw_stack_top(RAW_USER), "flags %lx: rsp %lx", flags, t.word[5]);
	TEST_CHECK((t.handler_flags & (ALL_FLAGS | FLAG_IF)) == FLAG_IF,
		   "flags %lx: the handler has %lx", flags, t.handler_flags);
	raw_same_registers("syscall", &t, 1u << 1 | 1u << 11);
}

static void check_compat(void)
{
	unsigned int vector = run(user_syscall, FLAT_USER_CS32);

	/*
	 * Intel's CPUs have no SYSCALL in 32-bit code, AMD's no SYSENTER in long
	 * mode; emulators' have more.
	 */
	TEST_CHECK(vector == SYSCALL32_VECTOR || (is_intel() && vector == VECTOR_UD),
		   "syscall of 32-bit code: vector %x", vector);
	if (vector == SYSCALL32_VECTOR)
		TEST_CHECK(seen.ip == LOW_CODE + 2 && (seen.cs & 0xffff) == FLAT_USER_CS32 &&
				   seen.sp == LOW_CODE + PAGE_SIZE - 64,
			   "its frame: %x:%lx, rsp %lx", seen.cs, seen.ip, seen.sp);
	vector = run(user_sysenter, FLAT_USER_CS32);
	TEST_CHECK(vector == SYSENTER_VECTOR || (!is_intel() && vector == VECTOR_UD),
		   "sysenter of 32-bit code: vector %x", vector);
	vector = run(user_sysenter, FLAT_USER_CS);
	TEST_CHECK(vector == SYSENTER_VECTOR || (!is_intel() && vector == VECTOR_UD),
		   "sysenter of 64-bit code: vector %x", vector);
	if (vector == SYSENTER_VECTOR)
		TEST_CHECK(seen.ip == 0 && (seen.cs & 3) == 3, "its frame: %x:%lx", seen.cs,
			   seen.ip);
}

static bool setup(void)
{
	for (unsigned int vector = SYSCALL_VECTOR; vector <= SYSCALL32_VECTOR; vector++)
		trap_set_handler(vector, keep_frame);
	return !raw_init(user_code) && !user_allow((unsigned long)stack) &&
	       !user_map(LOW_CODE, mm_virt_to_mfn((unsigned long)user_code), 0);
}

void test_main(void)
{
	static const unsigned long flags[] = {0,       FLAG_TF, FLAG_DF,  FLAG_NT,
					      FLAG_RF, FLAG_AC, ALL_FLAGS};
	unsigned int vector;

	if (!setup()) {
		test_error("can't set up");
		return;
	}
	vector = run(user_syscall, FLAT_USER_CS);
	TEST_CHECK(vector == VECTOR_UD, "syscall without a callback: vector %x", vector);
	TEST_EQUAL("syscall", set_callback(CALLBACKTYPE_syscall, stub(SYSCALL_VECTOR)), 0);
	TEST_EQUAL("sysenter", set_callback(CALLBACKTYPE_sysenter, stub(SYSENTER_VECTOR)), 0);
	TEST_EQUAL("syscall32", set_callback(CALLBACKTYPE_syscall32, stub(SYSCALL32_VECTOR)), 0);
	vector = run(user_syscall, FLAT_USER_CS);
	TEST_CHECK(vector == SYSCALL_VECTOR && seen.cx == (unsigned long)user_syscall_end,
		   "syscall: vector %x, rcx %lx", vector, seen.cx);
	check_compat();
	raw_gate(VECTOR_DB, 0, false);
	TEST_EQUAL("syscall", set_callback(CALLBACKTYPE_syscall, raw_address(SYSCALL_VECTOR)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++)
		check_flags(flags[i]);
}
