// SPDX-License-Identifier: MIT
/*
 * The walker's user in 64 bits: SYSCALL and int 0x80, which both go through the
 * monitor, for the kernel has other page tables than the user.
 */

#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/user.h"
#include "test/bochs/walker/walker.h"

#include <xen/callback.h>

asm(".globl walk_user, walk_user_code, walk_user_fault, walk_user_int80\n"
    ".balign 4096\n"
    "walk_user_code:\n"
    "walk_user:\n\t"
    "movl $39, %eax\n\t"
    "syscall\n"
    "walk_user_fault:\n\t"
    "movl $1, walk_lazy_page\n"
    "walk_user_int80:\n\t"
    "movl $20, %eax\n\t"
    "int $0x80\n\t"
    ".balign 4096\n");

const unsigned int walk_last_vector = VECTOR_SYSCALL;

void walk_register_call(void)
{
	struct callback_register syscall = {
		.type = CALLBACKTYPE_syscall,
		.address = (unsigned long)trap_stubs + CALL_VECTOR * STUB_BYTES,
	};

	hypercall_callback_op(CALLBACKOP_register, &syscall);
}

/* In the user's own tables: the kernel's show the page all the time. */
bool walk_map_lazy_page(unsigned long mfn, bool present)
{
	unsigned long va = (unsigned long)walk_lazy_page;
	uint64_t entry = mm_make_entry(mfn, PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);

	return mm_update_entry(user_entry_maddr(va, 1), present ? entry : 0) == 0 &&
	       mm_ext_op(MMUEXT_INVLPG_LOCAL, va) == 0;
}
