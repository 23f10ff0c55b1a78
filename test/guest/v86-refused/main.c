// SPDX-License-Identifier: MIT
/*
 * Claim: an iret of ring 3 with VM set either goes on in ring 3, as the CPU
 * has it, or costs the domain its life; the monitor never takes a frame of
 * virtual-8086 mode for one of protected mode.
 * See: ABI 4.3; SDM 3A 20.2
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

extern char user_code[];
void user_iret(void);

/* With what comes after the frame as es, ds, fs, gs, and a page to run from. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_iret:\n"
    "movl %esp, %eax\n"
    "pushl $0x1008; pushl $0x1008; pushl $0x1008; pushl $0x1008\n"
    "pushl $0x1008; pushl $0x100\n"
    "pushl $0x20202; pushl $0xe02b; pushl $1f; iret\n"
    "1: int3; int3; ud2\n"
    ".balign 4096\n");

static unsigned int nr_breakpoints;

static bool on_breakpoint(struct guest_trap_frame *frame)
{
	TEST_EQUAL("cs", frame->cs, FLAT_USER_CS);
	TEST_CHECK(!(frame->flags & 0x20000), "eflags %x", frame->flags);
	return ++nr_breakpoints < 2;
}

void test_main(void)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;

	user_allow((unsigned long)stack);
	user_allow((unsigned long)user_code);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	user_run(user_iret, (unsigned long)stack + sizeof(stack) - 64, &r);
	TEST_EQUAL("breakpoints", nr_breakpoints, 2);
}
