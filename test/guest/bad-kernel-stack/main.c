// SPDX-License-Identifier: MIT
/*
 * Claim: a domain whose kernel stack for ring-3 traps is nowhere is killed with
 * a report when it needs it; the monitor doesn't fault.
 * See: ABI 2.1, 4.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

extern char user_code[];
void user_loop(void);

asm(".balign 4096\n"
    "user_code:\n"
    "user_loop: int3; int $0x80; jmp user_loop\n"
    ".balign 4096\n");

/* After user_run() has set a good stack, an upcall would still find it. */
static bool on_breakpoint(struct guest_trap_frame *frame)
{
	(void)frame;
	TEST_EQUAL("stack_switch", hypercall_stack_switch(FLAT_KERNEL_SS, 0x40000000), 0);
	return true;
}

void test_main(void)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;

	user_allow((unsigned long)stack);
	user_allow((unsigned long)user_code);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	user_run(user_loop, (unsigned long)stack + sizeof(stack), &r);
	test_failure("still alive after trap %u", r.vector);
}
