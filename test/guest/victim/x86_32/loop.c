// SPDX-License-Identifier: MIT
/* What the victim runs in ring 3, in 32 bits. */

#include "pvops-guest/lib/test.h"
#include "test/guest/victim/victim.h"

/*
 * eax is the only register that changes while it loops. It ends by int 0x80,
 * with registers as they are: the kernel compares.
 */
asm(".balign 4096\n"
    ".globl victim_code, victim_loop\n"
    "victim_code:\n"
    "victim_loop:\n\t"
    "movl $0x1b1b1b1b, %ebx; movl $0x2c2c2c2c, %ecx; movl $0x3d3d3d3d, %edx\n\t"
    "movl $0x4e4e4e4e, %esi; movl $0x5f5f5f5f, %edi; movl $0x60606060, %ebp\n\t"
    "movl %ds, %eax; movl %eax, %fs; movl %eax, %gs\n\t"
    "movl $2000000, %eax\n"
    "1:\tcmpl $0x1b1b1b1b, %ebx; jne 2f\n\t"
    "cmpl $0x3d3d3d3d, %edx; jne 2f\n\t"
    "cmpl $0x60606060, %ebp; jne 2f\n\t"
    "cmpl $0, victim_shared; jne 2f\n\t"
    "decl %eax; jnz 1b\n"
    "2:\tint $0x80\n"
    ".balign 4096\n");

void victim_check_registers(const struct guest_trap_frame *seen, unsigned long stack_top)
{
	const struct {
		const char *name;
		uint32_t got, want;
	} regs[] = {
		{"ebx", seen->bx, 0x1b1b1b1b},
		{"ecx", seen->cx, 0x2c2c2c2c},
		{"edx", seen->dx, 0x3d3d3d3d},
		{"esi", seen->si, 0x4e4e4e4e},
		{"edi", seen->di, 0x5f5f5f5f},
		{"ebp", seen->bp, 0x60606060},
		{"esp", seen->sp, stack_top},
		{"cs", seen->cs, FLAT_USER_CS},
		{"ss", seen->ss, FLAT_USER_SS},
		{"ds", seen->ds & 0xffff, FLAT_USER_DS},
		{"es", seen->es & 0xffff, FLAT_USER_DS},
		{"fs", seen->fs & 0xffff, FLAT_USER_DS},
		{"gs", seen->gs & 0xffff, FLAT_USER_DS},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
		TEST_CHECK(regs[i].got == regs[i].want, "%s is %x in ring 3, not %x", regs[i].name,
			   regs[i].got, regs[i].want);
}
