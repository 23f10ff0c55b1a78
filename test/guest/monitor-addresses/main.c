// SPDX-License-Identifier: MIT
/*
 * Claim: the monitor's part of the address space is out of reach for ring 3, in
 * which a guest's kernel and its user both run: reading, writing and executing
 * there are page faults of the guest's own, but for reading the
 * machine-to-physical table.
 * See: ABI 1.2, 4.1; SDM 3A 4.6
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define NR_SLOTS   16u
#define SLOT_SIZE  (1ul << 39)
#define PF_PRESENT 1u
#define PF_FETCH   0x10u

extern char user_code[];
void user_read(void), user_write(void), user_jump(void);

/* The address is on top of the stack. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_read: popq %rdi; movl (%rdi), %eax; int3\n"
    "user_write: popq %rdi; movl %eax, (%rdi); int3\n"
    "user_jump: popq %rdi; jmp *%rdi\n"
    ".balign 4096\n");

static unsigned long stack[PAGE_SIZE / 8] __attribute__((aligned(4096)));

static void jump(void *arg)
{
	asm volatile("jmp *%0" : : "r"(arg));
}

static void check_result(const char *what, const struct trap_result *r, unsigned long va,
			 unsigned int error)
{
	unsigned int got = r->error_code & ~(PF_PRESENT | PF_FETCH);

	TEST_CHECK(r->vector == VECTOR_PF && got == error && r->cr2 == va,
		   "%s %lx: vector %u, error %x, cr2 %lx", what, va, r->vector, r->error_code,
		   r->cr2);
}

static void check_kernel(unsigned long va, bool m2p)
{
	struct trap_result r;
	uint32_t word;

	if (!m2p) {
		TEST_CHECK(!probe_read32(va, &word, &r), "the kernel reads %lx", va);
		check_result("kernel, read", &r, va, 0);
	}
	TEST_CHECK(!probe_write32(va, 0, &r), "the kernel writes %lx", va);
	check_result("kernel, write", &r, va, 2);
	if (!m2p && trap_catch(jump, (void *)va, &r))
		check_result("kernel, jump", &r, va, 0);
}

static void run_user(void (*code)(void), unsigned long va, struct trap_result *r)
{
	stack[ARRAY_SIZE(stack) - 1] = va;
	user_run(code, (unsigned long)&stack[ARRAY_SIZE(stack) - 1], r);
}

static void check_user(unsigned long va, bool m2p)
{
	struct trap_result r;

	run_user(user_write, va, &r);
	check_result("user, write", &r, va, 6);
	if (m2p)
		return;
	run_user(user_read, va, &r);
	check_result("user, read", &r, va, 4);
	run_user(user_jump, va, &r);
	check_result("user, jump", &r, va, 4);
}

void test_main(void)
{
	static const unsigned long offsets[] = {0,	    0x100000,  0x101000,	0x200000,
						0x10000000, 1ul << 30, SLOT_SIZE - 4096};
	struct xen_machphys_mapping m2p;

	TEST_EQUAL("machphys_mapping", hypercall_memory_op(XENMEM_machphys_mapping, &m2p), 0);
	if (user_allow((unsigned long)stack) || user_allow((unsigned long)user_code)) {
		test_error("can't open pages to the user");
		return;
	}
	for (unsigned int i = 0; i < NR_SLOTS * ARRAY_SIZE(offsets); i++) {
		unsigned long va = HYPERVISOR_VIRT_START + i / ARRAY_SIZE(offsets) * SLOT_SIZE +
				   offsets[i % ARRAY_SIZE(offsets)];
		bool readable = va >= m2p.v_start && va < m2p.v_end;

		check_kernel(va, readable);
		check_user(va, readable);
	}
}
