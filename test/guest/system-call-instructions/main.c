// SPDX-License-Identifier: MIT
/*
 * Claim: SYSENTER and SYSCALL from ring 3 reach the guest's callbacks, with
 * whatever flags the user had; without a callback they are the guest's own
 * faults; and callback_op takes both on any CPU.
 * See: ABI 4.4; SDM 3A 5.8.7, 5.8.8
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define STUB_BYTES 16
#define SYSENTER_VECTOR 0x90 /* stubs of vectors nothing else uses */
#define SYSCALL_VECTOR 0x91
#define FLAG_TF 0x100u
#define FLAG_IF 0x200u
#define FLAG_NT 0x4000u

extern const uint8_t trap_stubs[];
extern char user_code[];
void user_sysenter(void), user_sysenter_nt(void), user_sysenter_tf(void);
void user_syscall(void), user_syscall_end(void);

asm(".balign 4096\n"
    "user_code:\n"
    "user_sysenter: movl $0x51, %eax; sysenter\n"
    "user_sysenter_nt: pushl $0x4002; popfl; movl $0x51, %eax; sysenter\n"
    "user_sysenter_tf: pushl $0x102; popfl; sysenter\n"
    "user_syscall: movl $0x52, %eax; syscall\n"
    "user_syscall_end: ud2\n"
    ".balign 4096\n");

static struct guest_trap_frame seen;
static unsigned int singlesteps;

static bool keep_frame(struct guest_trap_frame *frame)
{
	seen = *frame;
	return false; /* ends user_run() */
}

/* A user's own single steps before the system call: go on. */
static bool step(struct guest_trap_frame *frame)
{
	(void)frame;
	singlesteps++;
	return true;
}

static long set_callback(unsigned int type, unsigned int vector)
{
	struct callback_register reg = {
		.type = (uint16_t)type,
		.address = { .cs = FLAT_KERNEL_CS,
			     .eip = (unsigned long)trap_stubs + vector * STUB_BYTES },
	};

	return hypercall_callback_op(CALLBACKOP_register, &reg);
}

static void run(void (*code)(void), struct trap_result *r)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));

	if (user_allow((unsigned long)stack) || user_allow((unsigned long)user_code))
		test_error("can't open pages to ring 3");
	user_run(code, (unsigned long)stack + sizeof(stack), r);
}

static bool cpu_has_sysenter(void)
{
	uint32_t a = 1, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return (d & (1u << 11)) && !((a >> 8 & 0xf) == 6 && (a & 0xff) < 0x33);
}

static void check_sysenter(void)
{
	struct trap_result r;

	run(user_sysenter, &r);
	TEST_CHECK(r.vector == SYSENTER_VECTOR, "sysenter: vector %x", r.vector);
	TEST_CHECK(seen.ax == 0x51, "sysenter: eax %x", seen.ax);
	TEST_CHECK(seen.ip == 0 && (seen.cs & 3) == 3, "sysenter: frame %x:%x", seen.cs, seen.ip);
	TEST_CHECK(seen.flags & FLAG_IF, "sysenter: eflags %x", seen.flags);
	run(user_sysenter_nt, &r);
	TEST_CHECK(r.vector == SYSENTER_VECTOR, "sysenter with NT: vector %x", r.vector);
	run(user_sysenter_tf, &r);
	TEST_CHECK(r.vector == SYSENTER_VECTOR, "sysenter with TF: vector %x", r.vector);
}

void test_main(void)
{
	struct trap_result r;

	trap_set_handler(SYSENTER_VECTOR, keep_frame);
	trap_set_handler(SYSCALL_VECTOR, keep_frame);
	trap_set_handler(VECTOR_DB, step);
	if (cpu_has_sysenter()) {
		run(user_sysenter, &r);
		TEST_CHECK(r.vector == VECTOR_GP, "sysenter, no callback: vector %x", r.vector);
	}
	run(user_syscall, &r);
	TEST_CHECK(r.vector == VECTOR_UD, "syscall, no callback: vector %x", r.vector);
	TEST_EQUAL("callback sysenter", set_callback(CALLBACKTYPE_sysenter, SYSENTER_VECTOR), 0);
	TEST_EQUAL("callback syscall32", set_callback(CALLBACKTYPE_syscall32, SYSCALL_VECTOR), 0);
	if (cpu_has_sysenter())
		check_sysenter();
	run(user_syscall, &r);
	TEST_CHECK(r.vector == SYSCALL_VECTOR, "syscall: vector %x", r.vector);
	TEST_CHECK(seen.ax == 0x52, "syscall: eax %x", seen.ax);
	TEST_CHECK(seen.ip == (unsigned long)user_syscall_end && seen.cx == seen.ip,
		   "syscall: eip %x ecx %x", seen.ip, seen.cx);
}
