// SPDX-License-Identifier: MIT
/*
 * Claim: an iret with VM set, of a 32-bit program in ring 3, either goes on in
 * ring 3, as the CPU has it, or costs the domain its life; the monitor never
 * takes a frame of virtual-8086 mode for one of protected mode.
 * See: ABI 4.3; SDM 3A 20.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define LOW_VA	    0x400000ul /* below 4 GiB, for code and stack of 32 bits */
#define REAL_VA	    0xe0000ul  /* where QEMU's virtual-8086 mode goes on */
#define VM	    0x20000u
#define MAX_TRAPS   2u

extern char user_code[];

/* With what comes after the frame as es, ds, fs, gs. */
asm(".balign 4096\n"
    "user_code:\n"
    ".code32\n"
    "movl %esp, %eax\n"
    "pushl $0; pushl $0; pushl $0; pushl $0\n"
    "pushl $0xe02b; pushl %eax\n"
    "pushl $0x20202; pushl $0xe023; pushl $0x400000 + 1f - user_code\n"
    "iret\n"
    "1: int3; int3; ud2\n"
    ".code64\n"
    ".balign 4096\n");

static unsigned int nr_breakpoints;

static bool on_breakpoint(struct guest_trap_frame *frame)
{
	TEST_EQUAL("cs", frame->cs, FLAT_USER_CS32);
	TEST_CHECK(!(frame->flags & VM), "rflags %lx", frame->flags);
	return ++nr_breakpoints < MAX_TRAPS;
}

/* What virtual-8086 mode would run: a page of one instruction. */
static int map_real(uint16_t instruction)
{
	uint16_t *page = mm_page_alloc();

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*page); i++)
		page[i] = instruction;
	return user_map(REAL_VA, mm_virt_to_mfn((unsigned long)page), PTE_BASE | PTE_US);
}

static int map_low(void)
{
	unsigned long code = mm_virt_to_mfn((unsigned long)user_code);
	unsigned long stack = mm_virt_to_mfn((unsigned long)mm_page_alloc());

	return user_map(LOW_VA, code, PTE_BASE | PTE_US) ||
	       user_map(LOW_VA + PAGE_SIZE, stack, PTE_BASE | PTE_US | PTE_RW);
}

void test_main(void)
{
	struct iret_context frame = {
		.rip = LOW_VA,
		.cs = FLAT_USER_CS32,
		.rflags = 0x202,
		.rsp = LOW_VA + 2 * PAGE_SIZE - 64,
		.ss = FLAT_USER_SS,
	};
	struct trap_result r;

	const char *how = (const char *)start_info->cmd_line;

	/* Else nothing is there: a page fault. */
	if (map_low() || (!strcmp(how, "syscall") && map_real(0x050f)) ||
	    (!strcmp(how, "int1") && map_real(0xf1f1)) ||
	    (!strcmp(how, "cli") && map_real(0xfafa))) {
		test_error("can't map low pages for the user");
		return;
	}
	trap_set_handler(VECTOR_BP, on_breakpoint);
	user_run_frame(&frame, &r);
	/* SYSCALL is the way out of it that leaves nothing to see: no callback takes it. */
	if (!strcmp(how, "syscall") && !nr_breakpoints && r.vector == VECTOR_UD)
		return;
	TEST_EQUAL("breakpoints", nr_breakpoints, MAX_TRAPS);
}
