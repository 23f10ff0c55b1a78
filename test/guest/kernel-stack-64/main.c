// SPDX-License-Identifier: MIT
/*
 * Claim: stack_switch names the stack of every later trap from the user, in 64
 * bits whatever its selector is; frames begin at a multiple of 16 below it, and
 * so do those of traps in the kernel.
 * See: ABI 2.1, 4.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define ROUNDS 48u

extern char user_code[];
void user_loop(void);

asm(".balign 4096\n"
    "user_code:\n"
    "user_loop: int $0x80; jmp user_loop\n"
    ".balign 4096\n");

static uint8_t stacks[2][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned long top; /* 0: not set here */
static unsigned int rounds;

static unsigned long frame_end(const struct guest_trap_frame *frame)
{
	return (unsigned long)(frame + 1);
}

/* Of the user: was it on the stack that was asked for? Then ask for the next. */
static bool on_syscall(struct guest_trap_frame *frame)
{
	static const uint16_t selectors[] = {FLAT_KERNEL_SS, 0, 3, 0xe010, 0xffff, 0xe02a};

	TEST_CHECK(!top || frame_end(frame) == (top & ~15ul), "round %u: the frame ends at %lx",
		   rounds, frame_end(frame));
	TEST_CHECK(frame->ss == FLAT_USER_SS, "round %u: ss is %lx", rounds, frame->ss);
	top = (unsigned long)stacks[rounds & 1] + PAGE_SIZE - rounds;
	TEST_EQUAL("stack_switch",
		   hypercall_stack_switch(selectors[rounds % ARRAY_SIZE(selectors)], top), 0);
	return ++rounds < ROUNDS;
}

static unsigned long kernel_end, kernel_sp;

static bool on_breakpoint(struct guest_trap_frame *frame)
{
	kernel_end = frame_end(frame);
	kernel_sp = frame->sp;
	return true;
}

static void check_kernel(void)
{
	for (unsigned long below = 128; below < 160; below++) {
		unsigned long sp, after;

		asm volatile("movq %%rsp, %%rbx; subq %2, %%rsp; movq %%rsp, %0; int3\n\t"
			     "movq %%rsp, %1; movq %%rbx, %%rsp"
			     : "=&r"(sp), "=&r"(after)
			     : "r"(below)
			     : "rbx", "memory", "cc");
		TEST_CHECK(kernel_end == (sp & ~15ul) && kernel_sp == sp && after == sp,
			   "with rsp %lx the frame ends at %lx, says %lx, and returns to %lx", sp,
			   kernel_end, kernel_sp, after);
	}
}

void test_main(void)
{
	static uint8_t user_stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;

	trap_set_handler(VECTOR_SYSCALL, on_syscall);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	if (user_allow((unsigned long)user_stack) || user_allow((unsigned long)user_code)) {
		test_error("can't open pages to the user");
		return;
	}
	user_run(user_loop, (unsigned long)user_stack + PAGE_SIZE, &r);
	TEST_CHECK(r.vector == VECTOR_SYSCALL && rounds == ROUNDS, "vector %u after %u rounds",
		   r.vector, rounds);
	check_kernel();
}
