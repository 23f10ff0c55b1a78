// SPDX-License-Identifier: MIT
/*
 * Ring 3 for tests: by HYPERVISOR_iret there, by any trap back.
 */

#include "pvops-guest/lib/user.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"

static uint8_t kernel_stack[PAGE_SIZE] __attribute__((aligned(16)));

struct user_start {
	void (*code)(void);
	unsigned long stack_top;
};

int user_allow(unsigned long va)
{
	int ret = mm_update_entry(mm_entry_maddr(va, 2), mm_entry_read(va, 2) | PTE_US);

	if (ret)
		return ret;
	return hypercall_update_va_mapping(va, mm_entry_read(va, 1) | PTE_US, UVMF_INVLPG);
}

static void enter_user(void *arg)
{
	const struct user_start *start = arg;

	asm volatile("movl %[ds], %%ds\n\t"
		     "movl %[ds], %%es\n\t"
		     "pushl %[ds]\n\t" /* the same selector serves as ss */
		     "pushl %[sp]\n\t"
		     "pushl $0x202\n\t"
		     "pushl %[cs]\n\t"
		     "pushl %[ip]\n\t"
		     "pushl $0\n\t" /* eax */
		     "movl %[nr], %%eax\n\t"
		     "int $0x82"
		     :
		     : [ds] "r"(FLAT_USER_DS), [cs] "i"(FLAT_USER_CS), [nr] "i"(__HYPERVISOR_iret),
		       [sp] "r"(start->stack_top), [ip] "r"(start->code)
		     : "eax", "memory");
	__builtin_unreachable();
}

void user_run(void (*code)(void), unsigned long stack_top, struct trap_result *result)
{
	struct user_start start = {.code = code, .stack_top = stack_top};

	hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)kernel_stack + sizeof(kernel_stack));
	trap_catch(enter_user, &start, result);
}
