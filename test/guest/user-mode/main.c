// SPDX-License-Identifier: MIT
/*
 * Claim: code in ring 3 reaches the kernel only by the gates that are open to
 * it, on the stack that stack_switch named, and can't use what is the kernel's.
 * See: ABI 4.1, 4.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

extern char user_code[], user_code_end[];
void user_syscall(void), user_hypercall(void), user_privileged(void), user_kernel_page(void);
void user_breakpoint(void), user_closed_gate(void), user_port(void);

/* One page, so that only it need be open to ring 3. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_syscall: movl $0x1234, %eax; int $0x80\n"
    "user_hypercall: xorl %eax, %eax; int $0x82\n"
    "user_privileged: cli; mov %" ASM_R "ax, %cr3\n"
    "user_kernel_page: movl boot_stack, %eax\n"
    "user_breakpoint: int3\n"
    "user_closed_gate: int $14\n"
    "user_port: inb $0x60, %al\n"
    ".balign 4096\n"
    "user_code_end:\n");

static unsigned long seen_ax, seen_sp, seen_ss;

static bool on_syscall(struct guest_trap_frame *frame)
{
	seen_ax = frame->ax;
	seen_sp = frame->sp;
	seen_ss = frame->ss;
	return false;
}

static void expect(const char *what, void (*code)(void), unsigned int vector, uint32_t error)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;

	if (user_allow((unsigned long)stack) || user_allow((unsigned long)user_code)) {
		test_error("can't open pages to ring 3");
		return;
	}
	user_run(code, (unsigned long)stack + sizeof(stack), &r);
	TEST_CHECK(r.vector == vector, "%s: vector %u, not %u", what, r.vector, vector);
	TEST_CHECK(r.error_code == error, "%s: error %x, not %x", what, r.error_code, error);
	TEST_CHECK((r.cs & 3) == 3, "%s: from cs %x", what, r.cs);
	if (vector == VECTOR_SYSCALL) {
		TEST_CHECK(seen_ax == 0x1234, "ax is %lx", seen_ax);
		TEST_CHECK(seen_sp == (unsigned long)stack + sizeof(stack), "sp is %lx", seen_sp);
		TEST_CHECK(seen_ss == FLAT_USER_SS, "ss is %lx", seen_ss);
	}
}

void test_main(void)
{
	trap_set_handler(VECTOR_SYSCALL, on_syscall);
	expect("int 0x80", user_syscall, VECTOR_SYSCALL, 0);
	expect("int 0x82", user_hypercall, VECTOR_GP, 0x82 * 8 + 2);
	expect("cli", user_privileged, VECTOR_GP, 0);
	/* In 64 bits it isn't even in the user's tables. */
	expect("a kernel page", user_kernel_page, VECTOR_PF, KERNEL_RING == 1 ? 5 : 4);
	expect("int3", user_breakpoint, VECTOR_BP, 0);
	expect("int 14", user_closed_gate, VECTOR_GP, 14 * 8 + 2);
	expect("a port", user_port, VECTOR_GP, 0);
	expect("int 0x80 again", user_syscall, VECTOR_SYSCALL, 0);
}
