// SPDX-License-Identifier: MIT
/*
 * Claim: no privileged instruction does anything in ring 3: each is a #GP with
 * error code 0 at the instruction, for the guest's kernel to judge.
 * See: ABI 4.5; SDM 3A 5.9
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define SLOT_BYTES 16u
#define R	    ASM_R
#define FLAGS	   0x202u
#define CLOSED_GATE 0x82u

extern const uint8_t code_start[], code_end[];

/* One instruction a slot. */
#define SLOT(instruction) ".balign 16\n" instruction "; ud2\n"

asm(".balign 4096\n"
    "code_start:\n" SLOT("cli") SLOT("sti") SLOT("hlt") SLOT("clts") SLOT("invd") SLOT(
	    "wbinvd") SLOT("lgdt (%" ASM_SP
			   ")") SLOT("lidt (%" ASM_SP
				     ")") SLOT("lldt %ax") SLOT("ltr %ax") SLOT("lmsw %ax")
	    SLOT("invlpg (%" ASM_SP ")") SLOT("rdmsr") SLOT("wrmsr") SLOT("rdpmc") SLOT(
		    "mov %cr0, %" R
		    "ax") SLOT("mov %cr2, %" R
			       "ax") SLOT("mov %cr3, %" R
					  "ax") SLOT("mov %cr4, %" R
						     "ax") SLOT("mov %" R
								"ax, %cr0") SLOT("mov %" R
										 "ax, %cr2")
		    SLOT("mov %" R "ax, %cr3") SLOT("mov %" R "ax, %cr4") SLOT(
			    "mov %db0, %" R
			    "ax") SLOT("mov %db3, %" R
				       "ax") SLOT("mov %db6, %" R
						  "ax") SLOT("mov %db7, %" R
							     "ax") SLOT("mov %" R
									"ax, %db0") SLOT("mov %" R
											 "ax, %db3")
			    SLOT("mov %" R "ax, %db6") SLOT("mov %" R "ax, %db7") SLOT(
				    "inb $0x60, %al") SLOT("inw $0x60, %ax") SLOT("inl $0x60, %eax")
				    SLOT("inb %dx, %al") SLOT("inw %dx, %ax") SLOT("inl %dx, %eax")
					    SLOT("outb %al, $0x80") SLOT("outl %eax, $0x80") SLOT(
						    "outb %al, %dx") SLOT("outw %ax, %dx")
						    SLOT("outl %eax, %dx") SLOT("insb") SLOT(
							    "insl") SLOT("outsb") SLOT("outsl")
							    SLOT("rep insb") SLOT("rep outsl") SLOT(
								    "int $0x82") ".balign 16\n"
										 "code_end:\n"
										 ".balign 4096\n");

void test_main(void)
{
	if (raw_init(code_start) || raw_gate(VECTOR_GP, 0, false) ||
	    raw_gate(VECTOR_UD, 0, false) || raw_gate(VECTOR_PF, 0, false)) {
		test_error("can't set up");
		return;
	}
	for (const uint8_t *code = code_start; code < code_end; code += SLOT_BYTES) {
		bool last = code + SLOT_BYTES == code_end;
		struct raw_want want = {
			.vector = VECTOR_GP,
			.error = last ? CLOSED_GATE * 8 + 2 : 0,
			.ip = (unsigned long)code,
			.flags = FLAGS,
			.who = RAW_USER,
		};
		char what[24];
		struct raw_trap t;

		guest_snprintf(what, sizeof(what), "%x %x %x", code[0], code[1], code[2]);
		raw_run(RAW_USER, code, FLAGS, &t);
		raw_check(what, &t, &want);
		raw_same_registers(what, &t, 0);
	}
}
