// SPDX-License-Identifier: MIT
/* The traps of a 64-bit guest: its kernel is in ring 3, so it gets #AC too. */

#include "pvops-guest/lib/guest.h"
#include "test/guest/trap-frames/trap-frames.h"

#define NOT_THERE 0x1008u /* a descriptor of the guest's range, with no GDT set */

DECLARE(c_bp);
DECLARE(c_into);
DECLARE(c_ud);
DECLARE(c_nm);
DECLARE(c_nt);
DECLARE(c_gp);
DECLARE(c_sel);
DECLARE(c_null);
DECLARE(c_read);
DECLARE(c_write);
DECLARE(c_fetch);
DECLARE(c_kernel);
DECLARE(c_mf);
DECLARE(c_icebp);
DECLARE(c_gate);
DECLARE(c_idle);
DECLARE(c_ac);
DECLARE(c_xm);
DECLARE(c_far);
DECLARE(c_jump);
DECLARE(c_stack);

asm(".balign 4096\n"
    ".globl frame_code, c_de\n"
    "frame_code:\n" CODE(c_de, "xorl %r8d, %r8d; pushq $0x8d7; popfq", "divl %r8d") CODE(
	    c_bp, "", "int3") CODE(c_into, "", ".byte 0xce") CODE(c_ud, "",
								  "ud2") CODE(c_nm, "",
									      "fnop") CODE(c_nt, "",
											   "iretq")
	    CODE(c_gp, "", "lgdt frame_bounds") CODE(c_sel, "", "movw frame_selector, %es") CODE(
		    c_null, "", "movw frame_bounds + 12, %ss") CODE(c_read, "",
								    "movl 0x40000000, %eax")
		    CODE(c_write, "", "movl %eax, 0x40000000") CODE(
			    c_fetch, "", "jmp *frame_nowhere") CODE(c_kernel, "",
								    "movl boot_stack, %ecx")
			    CODE(c_mf, "fninit; fldcw frame_bounds + 16; fldz; fldz; fdivrp",
				 "fwait") CODE(c_icebp, "",
					       ".byte 0xf1") CODE(c_gate, "",
								  "int $14") CODE(c_idle, "", "nop")
				    CODE(c_ac, "", "movl frame_bounds + 1, %eax") CODE(
					    c_xm, "ldmxcsr frame_bounds + 8; xorps %xmm0, %xmm0",
					    "divps %xmm0, %xmm0") CODE(c_far,
								       "movq frame_far, %rdi",
								       "movl (%rdi), %eax")
					    CODE(c_jump, "", "jmp *frame_far") CODE(
						    c_stack, "movq frame_far, %rbp",
						    "movl (%rbp), %eax") ".balign 8\n"
									 "frame_bounds: .long 1, "
									 "2, 0, 0, 0x0300, 0\n"
									 "frame_selector: .long "
									 "0x1008, 0\n"
									 "frame_nowhere: .quad "
									 "0x40000000\n"
									 "frame_far: .quad "
									 "0x800000000000\n"
									 ".balign 4096\n");

const struct trap_case trap_cases[] = {
	{"div", c_de, c_de_at, VECTOR_DE, NO_ERROR, NO_ERROR, 0, 0, BOTH, 1 << 8},
	{"int3", c_bp, c_bp_end, VECTOR_BP, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0},
	{"into", c_into, c_into_at, VECTOR_UD, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0},
	{"ud2", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0},
	{"ud2 with NT", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, FLAG_NT, 0, BOTH, 0},
	{"ud2 with AC", c_ud, c_ud_at, VECTOR_UD, NO_ERROR, NO_ERROR, FLAG_AC, 0, BOTH, 0},
	{"fnop", c_nm, c_nm_at, VECTOR_NM, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0},
	{"iret with NT", c_nt, c_nt_at, VECTOR_GP, 0, 0, FLAG_NT, 0, BOTH, 0},
	{"lgdt", c_gp, c_gp_at, VECTOR_GP, 0, 0, 0, 0, BOTH, 0},
	{"mov es", c_sel, c_sel_at, VECTOR_GP, NOT_THERE, NOT_THERE, 0, 0, BOTH, 0},
	{"null ss", c_null, c_null_at, VECTOR_GP, 0, 0, 0, 0, BOTH, 0},
	{"read", c_read, c_read_at, VECTOR_PF, 0, 4, 0, NOWHERE, BOTH, 0},
	{"write", c_write, c_write_at, VECTOR_PF, 2, 6, 0, NOWHERE, BOTH, 0},
	{"fetch", c_fetch, (const uint8_t *)NOWHERE, VECTOR_PF, 0, 4, 0, NOWHERE, BOTH | FETCH, 0},
	{"kernel page", c_kernel, c_kernel_at, VECTOR_PF, 0, 4, 0, ON_BOOT_STACK, USER, 0},
	{"fwait", c_mf, c_mf_at, VECTOR_MF, NO_ERROR, NO_ERROR, 0, 0, BOTH, 0},
	{"icebp", c_icebp, c_icebp_end, VECTOR_DB, NO_ERROR, NO_ERROR, 0, 0, BOTH | EXACT, 0},
	{"int 14", c_gate, c_gate_at, VECTOR_GP, 14 * 8 + 2, 14 * 8 + 2, 0, 0, BOTH, 0},
	{"one step", c_idle, c_idle_end, VECTOR_DB, NO_ERROR, NO_ERROR, FLAG_TF, 0, BOTH, 0},
	{"one step, NT", c_idle, c_idle_end, VECTOR_DB, NO_ERROR, NO_ERROR, FLAG_TF | FLAG_NT, 0,
	 BOTH, 0},
	{"unaligned", c_ac, c_ac_at, VECTOR_AC, 0, 0, FLAG_AC, 0, BOTH | EXACT, 0},
	{"divps", c_xm, c_xm_at, VECTOR_XM, NO_ERROR, NO_ERROR, 0, 0, BOTH | EXACT, 0},
	{"not canonical", c_far, c_far_at, VECTOR_GP, 0, 0, 0, 0, BOTH, 1 << 7},
	{"jump there", c_jump, c_jump_at, VECTOR_GP, 0, 0, 0, 0, BOTH | EXACT, 0},
	{"stack there", c_stack, c_stack_at, VECTOR_SS, 0, 0, 0, 0, BOTH | EXACT, 1 << 5},
};

const unsigned int nr_trap_cases = ARRAY_SIZE(trap_cases);
