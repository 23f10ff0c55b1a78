/* SPDX-License-Identifier: MIT */
/* Offsets for assembly: compiled to text, from which the build makes asm-offsets.h. */
#include "regs.h"
#include "x86/cpu.h"

#define OFFSET(name, type, member) \
	__asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(offsetof(type, member)))
#define VALUE(name, val) __asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(val))

void offsets(void);
void offsets(void)
{
	OFFSET(REGS_cx, struct regs, cx);
	OFFSET(REGS_vector, struct regs, vector);
	OFFSET(REGS_ip, struct regs, ip);
	OFFSET(REGS_cs, struct regs, cs);
	OFFSET(REGS_flags, struct regs, flags);
	OFFSET(REGS_sp, struct regs, sp);
	OFFSET(REGS_ss, struct regs, ss);
	VALUE(FLAG_TF, EFL_TF);
	VALUE(REGS_SIZE, sizeof(struct regs));
	VALUE(CPU_SIZE, sizeof(struct cpu));
	VALUE(CPU_BLOCK_SIZE, CPU_STACK_SIZE);
}
