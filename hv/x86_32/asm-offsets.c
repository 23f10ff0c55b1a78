/* SPDX-License-Identifier: MIT */
/* Offsets for assembly: compiled to text, from which the build makes asm-offsets.h. */
#include "regs.h"

#define OFFSET(name, type, member) \
	__asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(offsetof(type, member)))
#define VALUE(name, val) __asm__ volatile("\n.ascii \"#define " #name " %c0\\n\"" : : "i"(val))

void offsets(void);
void offsets(void)
{
	OFFSET(REGS_bx, struct regs, bx);
	OFFSET(REGS_ax, struct regs, ax);
	OFFSET(REGS_ds, struct regs, ds);
	OFFSET(REGS_es, struct regs, es);
	OFFSET(REGS_fs, struct regs, fs);
	OFFSET(REGS_gs, struct regs, gs);
	OFFSET(REGS_vector, struct regs, vector);
	OFFSET(REGS_ip, struct regs, ip);
	OFFSET(REGS_cs, struct regs, cs);
	VALUE(REGS_SIZE, sizeof(struct regs));
	VALUE(CPU_SIZE, sizeof(struct cpu));
}
