// SPDX-License-Identifier: MIT
/*
 * Claim: string port instructions of ring 3 reach the memory that ring 3 may
 * reach, as all levels of the tables together say, and no more.
 * Rule: what is emulated for a user has the user's rights.
 * See: ABI 4.7; SDM 3A 4.6
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"
#include <xen/physdev.h>

/* In the boot mapping, under another L2 entry than the program. */
#define FAR_PFN 0x300
/* In 64 bits what is the kernel's isn't in the user's tables at all. */
#define PRESENT (PT_LEVELS == 3)

extern char port_code[];
void port_in_here(void), port_in_far(void), port_out_far(void);
extern unsigned long port_far; /* the address, filled in */

asm(".balign 4096\n"
    "port_code:\n"
    "port_in_here: mov %" ASM_SP ", %" ASM_R "di; sub $64, %" ASM_R "di; jmp 1f\n"
    "port_in_far: mov port_far, %" ASM_R "di\n"
    "1: cld; movl $0x1f0, %edx; movl $2, %ecx; rep insw; int3\n"
    "port_out_far: mov port_far, %" ASM_R "si; cld; movl $0x80, %edx; outsb; int3\n"
    "port_far: " ASM_LONG " 0\n"
    ".balign 4096\n");

static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));

static void expect(const char *what, void (*code)(void), unsigned int vector, uint32_t error)
{
	struct trap_result r;

	user_run(code, (unsigned long)stack + sizeof(stack), &r);
	TEST_CHECK(r.vector == vector && r.error_code == error, "%s: vector %u error %x", what,
		   r.vector, r.error_code);
	TEST_CHECK(vector != VECTOR_PF || r.cr2 == port_far, "%s: cr2 %lx", what, r.cr2);
}

void test_main(void)
{
	struct physdev_set_iopl iopl = {.iopl = 3};
	unsigned long far = mm_pfn_to_virt(FAR_PFN);
	volatile uint32_t *word = (volatile uint32_t *)far;

	port_far = far;
	*word = 0x5ec7e7;
	if (user_allow((unsigned long)stack) || user_allow((unsigned long)port_code) ||
	    hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl)) {
		test_error("ring 3 can't be set up");
		return;
	}
	expect("ins to the user's page", port_in_here, VECTOR_BP, 0);
	expect("ins to a kernel page", port_in_far, VECTOR_PF, 6 + PRESENT);
	expect("outs from a kernel page", port_out_far, VECTOR_PF, 4 + PRESENT);

	/* Open to users by its L1 entry alone: the L2 entry says no. */
	TEST_EQUAL("L1 entry", mm_map(far, mm_virt_to_mfn(far), PTE_RW | PTE_D | PTE_US), 0);
	if (PT_LEVELS == 3)
		TEST_CHECK(!(mm_entry_read(far, 2) & PTE_US), "the L2 entry is open");
	expect("ins under a closed L2 entry", port_in_far, VECTOR_PF, 6 + PRESENT);
	expect("outs under a closed L2 entry", port_out_far, VECTOR_PF, 4 + PRESENT);
	TEST_EQUAL("the word", *word, 0x5ec7e7);
	TEST_EQUAL("opening", user_allow(far), 0);
	expect("ins when it is open", port_in_far, VECTOR_BP, 0);
	TEST_EQUAL("the word then", (int32_t)*word, -1);
}
