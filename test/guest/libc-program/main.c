// SPDX-License-Identifier: MIT
/*
 * Claim: a C program linked with i386 glibc, whose thread variables lie at
 * negative offsets of a 4 GiB segment, runs in ring 3 and prints what it
 * prints on Linux.
 * See: ABI 2.1, 4.8
 *
 * The lines it prints are in `expect`.
 */

#include "linux.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

/* On the stack: the entry point. Linux clears edx, which would name a function to call at exit. */
void start_program(void);
asm(".balign 4096\n"
    "start_program: xorl %edx, %edx; ret\n"
    ".balign 4096\n");

void test_main(void)
{
	unsigned long stack, data_end, entry;
	struct trap_result r;

	TEST_EQUAL("vm_assist", hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments),
		   0);
	entry = program_load(&stack, &data_end);
	if (!entry || user_allow((unsigned long)start_program)) {
		test_error("no memory for the program");
		return;
	}
	calls_init(data_end);
	stack -= sizeof(entry);
	*(unsigned long *)stack = entry;
	user_run(start_program, stack, &r);
	if (exit_status < 0)
		test_failure("trap %u, error %x, at %lx, cr2 %lx, after %u calls", r.vector,
			     r.error_code, r.ip, r.cr2, nr_calls);
	TEST_EQUAL("its exit status", exit_status, 56);
}
