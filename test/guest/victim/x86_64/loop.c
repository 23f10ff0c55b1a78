// SPDX-License-Identifier: MIT
/* What the victim runs in ring 3, in 64 bits. */

#include "pvops-guest/lib/test.h"
#include "test/guest/victim/victim.h"

/*
 * rax is the only register that changes while it loops. It ends by int 0x80,
 * with registers as they are: the kernel compares.
 */
asm(".balign 4096\n"
    ".globl victim_code, victim_loop\n"
    "victim_code:\n"
    "victim_loop:\n\t"
    "movq $0x1b1b1b1b1b1b1b1b, %rbx\n\t"
    "movq $0x2c2c2c2c2c2c2c2c, %rcx\n\t"
    "movq $0x3d3d3d3d3d3d3d3d, %rdx\n\t"
    "movq $0x4e4e4e4e4e4e4e4e, %rsi\n\t"
    "movq $0x5f5f5f5f5f5f5f5f, %rdi\n\t"
    "movq $0x7070707070707070, %rbp\n\t"
    "movq $0x8181818181818181, %r8\n\t"
    "movq $0x9292929292929292, %r9\n\t"
    "movq $0xa3a3a3a3a3a3a3a3, %r10\n\t"
    "movq $0xb4b4b4b4b4b4b4b4, %r11\n\t"
    "movq $0xc5c5c5c5c5c5c5c5, %r12\n\t"
    "movq $0xd6d6d6d6d6d6d6d6, %r13\n\t"
    "movq $0xe7e7e7e7e7e7e7e7, %r14\n\t"
    "movq $0xf8f8f8f8f8f8f8f8, %r15\n\t"
    "movl $0xe02b, %eax; movl %eax, %ds; movl %eax, %es\n\t"
    "movl %eax, %fs; movl %eax, %gs\n\t"
    "movl $2000000, %eax\n"
    "1:\tcmpl $0x1b1b1b1b, %ebx; jne 2f\n\t"
    "cmpl $0x3d3d3d3d, %edx; jne 2f\n\t"
    "cmpl $0x70707070, %ebp; jne 2f\n\t"
    "cmpl $0xf8f8f8f8, %r15d; jne 2f\n\t"
    "cmpl $0, victim_shared; jne 2f\n\t"
    "decl %eax; jnz 1b\n"
    "2:\tint $0x80\n"
    ".balign 4096\n");

void victim_check_registers(const struct guest_trap_frame *seen, unsigned long stack_top)
{
	const struct {
		const char *name;
		uint64_t got, want;
	} regs[] = {
		{"rbx", seen->bx, 0x1b1b1b1b1b1b1b1b},	{"rcx", seen->cx, 0x2c2c2c2c2c2c2c2c},
		{"rdx", seen->dx, 0x3d3d3d3d3d3d3d3d},	{"rsi", seen->si, 0x4e4e4e4e4e4e4e4e},
		{"rdi", seen->di, 0x5f5f5f5f5f5f5f5f},	{"rbp", seen->bp, 0x7070707070707070},
		{"r8", seen->r8, 0x8181818181818181},	{"r9", seen->r9, 0x9292929292929292},
		{"r10", seen->r10, 0xa3a3a3a3a3a3a3a3}, {"r11", seen->r11, 0xb4b4b4b4b4b4b4b4},
		{"r12", seen->r12, 0xc5c5c5c5c5c5c5c5}, {"r13", seen->r13, 0xd6d6d6d6d6d6d6d6},
		{"r14", seen->r14, 0xe7e7e7e7e7e7e7e7}, {"r15", seen->r15, 0xf8f8f8f8f8f8f8f8},
		{"rsp", seen->sp, stack_top},		{"cs", seen->cs, FLAT_USER_CS},
		{"ss", seen->ss, FLAT_USER_SS},
	};
	unsigned int fs, gs;

	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
		TEST_CHECK(regs[i].got == regs[i].want, "%s is %lx in ring 3, not %lx",
			   regs[i].name, regs[i].got, regs[i].want);
	/* They aren't in the frame, and the kernel loads only ds and es. */
	asm volatile("movl %%fs, %0; movl %%gs, %1" : "=r"(fs), "=r"(gs));
	TEST_CHECK((fs & 0xffff) == FLAT_USER_DS32 && (gs & 0xffff) == FLAT_USER_DS32,
		   "fs is %x, gs %x", fs, gs);
}
