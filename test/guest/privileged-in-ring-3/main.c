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
#define FLAGS	   0x202u

extern const uint8_t code_start[], code_end[];

/* One instruction a slot. */
#define SLOT(instruction) ".balign 16\n" instruction "; ud2\n"

asm(".balign 4096\n"
    "code_start:\n"
    SLOT("cli") SLOT("sti") SLOT("hlt") SLOT("clts") SLOT("invd") SLOT("wbinvd")
    SLOT("lgdt (%esp)") SLOT("lidt (%esp)") SLOT("lldt %ax") SLOT("ltr %ax") SLOT("lmsw %ax")
    SLOT("invlpg (%esp)") SLOT("rdmsr") SLOT("wrmsr") SLOT("rdpmc")
    SLOT("movl %cr0, %eax") SLOT("movl %cr2, %eax") SLOT("movl %cr3, %eax") SLOT("movl %cr4, %eax")
    SLOT("movl %eax, %cr0") SLOT("movl %eax, %cr2") SLOT("movl %eax, %cr3") SLOT("movl %eax, %cr4")
    SLOT("movl %db0, %eax") SLOT("movl %db3, %eax") SLOT("movl %db6, %eax") SLOT("movl %db7, %eax")
    SLOT("movl %eax, %db0") SLOT("movl %eax, %db3") SLOT("movl %eax, %db6") SLOT("movl %eax, %db7")
    SLOT("inb $0x60, %al") SLOT("inw $0x60, %ax") SLOT("inl $0x60, %eax") SLOT("inb %dx, %al")
    SLOT("inw %dx, %ax") SLOT("inl %dx, %eax") SLOT("outb %al, $0x80") SLOT("outl %eax, $0x80")
    SLOT("outb %al, %dx") SLOT("outw %ax, %dx") SLOT("outl %eax, %dx") SLOT("insb") SLOT("insl")
    SLOT("outsb") SLOT("outsl") SLOT("rep insb") SLOT("rep outsl") SLOT("int $0x82")
    ".balign 16\n"
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
		uint32_t error = code + SLOT_BYTES == code_end ? 0x82 * 8 + 2 : 0;
		struct raw_trap t;

		raw_run(3, code, FLAGS, &t);
		TEST_CHECK(t.vector == VECTOR_GP && t.word[0] == error && t.nr_words == 6,
			   "%x %x: vector %u, error %x", code[0], code[1], t.vector, t.word[0]);
		TEST_CHECK(t.word[1] == (uint32_t)code, "%x %x: eip %x, not %x", code[0], code[1],
			   t.word[1], (uint32_t)code);
		raw_same_registers("a privileged instruction", &t, 0);
	}
}
