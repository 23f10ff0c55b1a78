// SPDX-License-Identifier: MIT
/*
 * Lab 3, the check: a ud2 with something in every register, and what is in them
 * afterwards.
 */
#include "pvops-guest/labs/3-trap-handler/lab.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define ROUNDS	    5
#define FLAGS_KEPT  0xcd5 /* CF, PF, AF, ZF, SF, DF, OF */
#define FLAG_CARRY  0x001
#define FLAG_ALWAYS 0x002
#define FLAG_DOWN   0x400

#ifdef __x86_64__
#define NR_REGS 15
#else
#define NR_REGS 7
#endif

unsigned int lab_handled;

/* lab3_run: load these registers and flags, raise the trap, store what is there then. */
struct lab3_regs {
	unsigned long reg[NR_REGS], flags;
};
void lab3_run(struct lab3_regs *regs);

void lab_unwritten(void)
{
	test_failure("the handler isn't written yet");
	test_finish();
}

#ifdef __x86_64__
__asm__(".text\n"
	"lab3_run:\n\t"
	"pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15; pushq %rdi\n\t"
	"movq %rdi, %rax\n\t"
	"movq 8(%rax), %rbx; movq 16(%rax), %rcx; movq 24(%rax), %rdx; movq 32(%rax), %rsi\n\t"
	"movq 40(%rax), %rdi; movq 48(%rax), %rbp; movq 56(%rax), %r8; movq 64(%rax), %r9\n\t"
	"movq 72(%rax), %r10; movq 80(%rax), %r11; movq 88(%rax), %r12; movq 96(%rax), %r13\n\t"
	"movq 104(%rax), %r14; movq 112(%rax), %r15\n\t"
	"pushq 120(%rax); movq (%rax), %rax; popfq\n\t"
	"ud2\n\t"
	"pushfq; cld; pushq %rax; movq 16(%rsp), %rax; popq (%rax)\n\t"
	"movq %rbx, 8(%rax); movq %rcx, 16(%rax); movq %rdx, 24(%rax); movq %rsi, 32(%rax)\n\t"
	"movq %rdi, 40(%rax); movq %rbp, 48(%rax); movq %r8, 56(%rax); movq %r9, 64(%rax)\n\t"
	"movq %r10, 72(%rax); movq %r11, 80(%rax); movq %r12, 88(%rax); movq %r13, 96(%rax)\n\t"
	"movq %r14, 104(%rax); movq %r15, 112(%rax)\n\t"
	"popq 120(%rax); popq %rdi\n\t"
	"popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx\n\t"
	"ret\n");
#else
__asm__(".text\n"
	"lab3_run:\n\t"
	"pushl %ebx; pushl %ebp; pushl %esi; pushl %edi\n\t"
	"movl 20(%esp), %eax; pushl %eax\n\t"
	"movl 4(%eax), %ebx; movl 8(%eax), %ecx; movl 12(%eax), %edx; movl 16(%eax), %esi\n\t"
	"movl 20(%eax), %edi; movl 24(%eax), %ebp\n\t"
	"pushl 28(%eax); movl (%eax), %eax; popfl\n\t"
	"ud2\n\t"
	"pushfl; cld; pushl %eax; movl 8(%esp), %eax; popl (%eax)\n\t"
	"movl %ebx, 4(%eax); movl %ecx, 8(%eax); movl %edx, 12(%eax); movl %esi, 16(%eax)\n\t"
	"movl %edi, 20(%eax); movl %ebp, 24(%eax)\n\t"
	"popl 28(%eax); popl %eax\n\t"
	"popl %edi; popl %esi; popl %ebp; popl %ebx\n\t"
	"ret\n");
#endif

static void check_round(unsigned int round)
{
	struct lab3_regs regs, before;

	for (unsigned int i = 0; i < NR_REGS; i++)
		regs.reg[i] = 0x01010101ul * (i + 1) + round;
	regs.flags = FLAG_ALWAYS | (round & 1 ? FLAG_CARRY : FLAG_DOWN);
	before = regs;
	lab3_run(&regs);
	for (unsigned int i = 0; i < NR_REGS; i++)
		TEST_CHECK(regs.reg[i] == before.reg[i], "round %u: register %u was %lx and is %lx",
			   round, i, before.reg[i], regs.reg[i]);
	TEST_CHECK((regs.flags & FLAGS_KEPT) == (before.flags & FLAGS_KEPT),
		   "round %u: the flags were %lx and are %lx", round, before.flags, regs.flags);
	TEST_EQUAL("traps counted", lab_handled, round);
}

void test_main(void)
{
	struct trap_info table[2] = {
		{
			.vector = VECTOR_UD,
			.cs = FLAT_KERNEL_CS,
			.address = (unsigned long)lab_handler,
		},
	};

	TEST_EQUAL("set_trap_table", hypercall_set_trap_table(table), 0);
	for (unsigned int round = 1; round <= ROUNDS; round++)
		check_round(round);
}
