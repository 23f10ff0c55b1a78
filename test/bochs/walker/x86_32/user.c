// SPDX-License-Identifier: MIT
/*
 * The walker's user in 32 bits: int 0x80, which reaches the kernel without the
 * monitor, and SYSENTER, which can't.
 */

#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "test/bochs/walker/walker.h"

#include <xen/callback.h>

asm(".globl walk_user, walk_user_code, walk_user_fault, walk_user_sysenter\n"
    ".balign 4096\n"
    "walk_user_code:\n"
    "walk_user:\n\t"
    "movl $20, %eax\n\t"
    "int $0x80\n"
    "walk_user_fault:\n\t"
    "movl $1, walk_lazy_page\n"
    "walk_user_sysenter:\n\t"
    "movl $20, %eax\n\t"
    "sysenter\n\t"
    ".balign 4096\n");

const unsigned int walk_last_vector = CALL_VECTOR;

void walk_register_call(void)
{
	struct callback_register sysenter = {
		.type = CALLBACKTYPE_sysenter,
		.address = {.cs = FLAT_KERNEL_CS,
			    .eip = (unsigned long)trap_stubs + CALL_VECTOR * STUB_BYTES},
	};

	hypercall_callback_op(CALLBACKOP_register, &sysenter);
}

bool walk_map_lazy_page(unsigned long mfn, bool present)
{
	unsigned long va = (unsigned long)walk_lazy_page;

	return (present ? mm_map(va, mfn, PTE_RW | PTE_US) : mm_unmap(va)) == 0;
}
