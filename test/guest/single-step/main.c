// SPDX-License-Identifier: MIT
/*
 * Claim: a guest can single-step itself and its users, through everything that
 * enters the monitor, and steps nothing but what has TF set.
 *
 * Rule: With TF set #DB comes behind every instruction, also one that the monitor emulates, with
 * BS in DR6; a system call or hypercall runs untraced, and stepping goes on behind the instruction
 * after it.
 * See: ABI 4.8; SDM 3B 17.3.1.4
 *
 * Rule: Handlers start with TF clear, and find it in the frame.
 * See: ABI 4.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#define FLAG_TF	  0x100u
#define DR6_BS	  0x4000u
#define MAX_STEPS 64u

extern const uint8_t step_code[];
extern const unsigned long kernel_steps[], user_steps[];
void step_kernel(void), step_user(void);

/* Each `step` marks where a #DB has to point. */
asm(".macro step\n"
    ".pushsection .rodata; " ASM_LONG " 9f; .popsection\n"
    "9:\n"
    ".endm\n"
    ".pushsection .rodata; .balign 8; kernel_steps:; .popsection\n"
    ".balign 4096\n"
    "step_code:\n"
    "step_kernel:\n\t"
    "push %" ASM_R "bx; pushf; orl $0x100, (%" ASM_SP "); popf\n\t"
    "nop; step\n\t"
    "cli; step\n\t"
    "nop; step\n\t"
    "mov %cr0, %" ASM_R "ax; step\n\t"
    "xorl %ebx, %ebx; step; xorl %edi, %edi; step\n\t"
    "movl $17, %eax; step\n\t" ASM_HYPERCALL "; nop; step\n\t"
    "int $0x80; nop; step\n\t"
    "int3; nop; step\n\t"
    "ud2; .ascii \"xen\"; cpuid; step\n\t"
    "pushf; step\n\t"
    "andl $0xfffffeff, (%" ASM_SP "); step\n\t"
    "popf; step\n\t"
    "pop %" ASM_R "bx\n\t"
    "ret\n"
    ".pushsection .rodata; " ASM_LONG " 0; user_steps:; .popsection\n"
    "step_user:\n\t"
    "pushf; orl $0x100, (%" ASM_SP "); popf\n\t"
    "nop; step\n\t"
    "int $0x80; nop; step\n\t"
    "int3; nop; step\n\t"
    "pushf; step\n\t"
    "andl $0xfffffeff, (%" ASM_SP "); step\n\t"
    "popf; step\n\t"
    "ud2\n"
    ".pushsection .rodata; " ASM_LONG " 0; .popsection\n"
    ".balign 4096\n");

static unsigned long steps[MAX_STEPS];
static unsigned int nr_steps, nr_calls;

static unsigned long flags(void)
{
	unsigned long f;

	asm volatile("pushf; pop %0" : "=r"(f));
	return f;
}

static bool on_step(struct guest_trap_frame *frame)
{
	TEST_CHECK(hypercall_get_debugreg(6) & DR6_BS, "DR6 is %lx", hypercall_get_debugreg(6));
	TEST_CHECK(!(flags() & FLAG_TF), "TF is set in the handler of #DB");
	hypercall_set_debugreg(6, 0);
	if (nr_steps == MAX_STEPS)
		frame->flags &= ~(unsigned long)FLAG_TF;
	else
		steps[nr_steps++] = frame->ip;
	return true;
}

/* System calls and breakpoints of the stepped code. */
static bool on_call(struct guest_trap_frame *frame)
{
	TEST_CHECK(!(flags() & FLAG_TF), "TF is set in the handler of trap %u",
		   (unsigned int)frame->vector);
	TEST_CHECK(frame->flags & FLAG_TF, "TF isn't in the frame of trap %u",
		   (unsigned int)frame->vector);
	nr_calls++;
	return true;
}

static void check_steps(const char *what, const unsigned long *want, unsigned int calls)
{
	unsigned int i;

	for (i = 0; want[i]; i++)
		if (i < nr_steps && steps[i] != want[i]) {
			test_failure("%s: step %u is at %lx, not %lx", what, i, steps[i], want[i]);
			break;
		}
	TEST_CHECK(want[i] || nr_steps == i, "%s: %u steps, not %u", what, nr_steps, i);
	TEST_CHECK(nr_calls == calls, "%s: %u calls, not %u", what, nr_calls, calls);
	nr_steps = nr_calls = 0;
}

void test_main(void)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;

	trap_set_handler(VECTOR_DB, on_step);
	trap_set_handler(VECTOR_BP, on_call);
	trap_set_handler(VECTOR_SYSCALL, on_call);
	for (unsigned int flag = 0; flag < 2; flag++) {
		/* Without the flag int 0x80 doesn't pass through the monitor. */
		trap_set_gate(VECTOR_SYSCALL, 3, flag);
		asm volatile("call step_kernel"
			     :
			     :
			     : ASM_R "ax", ASM_R "dx", ASM_R "di", ASM_CLOBBERS);
		check_steps("kernel", kernel_steps, 2);
		if (user_allow((unsigned long)stack) || user_allow((unsigned long)step_code)) {
			test_error("can't open pages to ring 3");
			return;
		}
		user_run(step_user, (unsigned long)stack + sizeof(stack), &r);
		TEST_CHECK(r.vector == VECTOR_UD, "the user ended by trap %u", r.vector);
		check_steps("user", user_steps, 2);
	}
}
