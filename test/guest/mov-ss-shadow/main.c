// SPDX-License-Identifier: MIT
/*
 * Claim: a watchpoint on the memory operand of `mov ss`, whose trap the CPU holds
 * back by one instruction, does no harm when that instruction enters the
 * monitor: SYSCALL, SYSENTER, int n and faults, of the user and of the kernel,
 * come out as without it.
 * See: ABI 4.1, 4.4, 4.8; SDM 3A 6.8.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define SYSCALL_VECTOR	0x90 /* of stubs that nothing else uses */
#define SYSENTER_VECTOR 0x91
#define STUB_BYTES	16
#define DR7_WATCH0	0x00070001ul /* breakpoint 0, reads and writes, two bytes */
#define ROUNDS		50u

extern const char trap_stubs[];
extern char user_code[];
void user_syscall(void), user_sysenter(void), user_int(void), user_breakpoint(void);
void user_refused(void), user_undefined(void), user_icebp(void);

/* The same code for both: in the kernel a SYSCALL is a hypercall, and goes on. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_syscall: movl $17, %eax; xorl %edi, %edi; xorl %esi, %esi\n\t"
    "movw watched_ss, %ss; syscall; int $0x80\n"
    "user_sysenter: movw watched_ss, %ss; sysenter\n"
    "user_int: movw watched_ss, %ss; int $0x80\n"
    "user_breakpoint: movw watched_ss, %ss; int3\n"
    "user_refused: movw watched_ss, %ss; int $14\n"
    "user_undefined: movw watched_ss, %ss; ud2\n"
    "user_icebp: movw watched_ss, %ss; .byte 0xf1; ud2\n"
    ".balign 4096\n");

struct user_data {
	uint16_t ss;
	uint8_t stack[PAGE_SIZE - 2];
};
extern struct user_data watched_ss;
struct user_data watched_ss __attribute__((aligned(4096)));

static unsigned int nr_debug;

static bool on_debug(struct guest_trap_frame *frame)
{
	(void)frame;
	nr_debug++;
	hypercall_set_debugreg(6, 0);
	return true;
}

static int set_callback(unsigned int type, unsigned int vector)
{
	struct callback_register reg = {
		.type = (uint16_t)type,
		.address = (unsigned long)trap_stubs + vector * STUB_BYTES,
	};

	return hypercall_callback_op(CALLBACKOP_register, &reg);
}

static void expect(const char *what, void (*code)(void), bool user, unsigned int vector)
{
	struct iret_context frame = {
		.rip = (unsigned long)code,
		.cs = user ? FLAT_USER_CS : FLAT_USER_CS & ~3,
		.rflags = 0x202,
		.rsp = (unsigned long)(&watched_ss + 1) & ~15ul,
		.ss = FLAT_USER_SS,
	};
	struct trap_result r;

	TEST_EQUAL("dr0", hypercall_set_debugreg(0, (unsigned long)&watched_ss.ss), 0);
	TEST_EQUAL("dr7", hypercall_set_debugreg(7, DR7_WATCH0), 0);
	user_run_frame(&frame, &r);
	TEST_EQUAL("dr7", hypercall_set_debugreg(7, 0), 0);
	TEST_CHECK(r.vector == vector || (code == user_sysenter && r.vector == VECTOR_UD),
		   "%s, %s: vector %x, not %x", what, user ? "user" : "kernel", r.vector, vector);
	TEST_CHECK((r.cs & 3) == (user ? 3 : KERNEL_RPL), "%s: from cs %x", what, r.cs);
}

static void check(bool user)
{
	/* The kernel's is a hypercall, and then comes what follows. */
	expect("syscall", user_syscall, user, user ? SYSCALL_VECTOR : VECTOR_SYSCALL);
	expect("int 0x80", user_int, user, VECTOR_SYSCALL);
	expect("int3", user_breakpoint, user, VECTOR_BP);
	expect("int 14", user_refused, user, VECTOR_GP);
	expect("ud2", user_undefined, user, VECTOR_UD);
	if (user)
		expect("sysenter", user_sysenter, user, SYSENTER_VECTOR);
	expect("icebp", user_icebp, user, VECTOR_UD);
}

void test_main(void)
{
	watched_ss.ss = FLAT_USER_SS;
	trap_set_handler(VECTOR_DB, on_debug);
	if (user_allow((unsigned long)&watched_ss) || user_allow((unsigned long)user_code) ||
	    set_callback(CALLBACKTYPE_syscall, SYSCALL_VECTOR) ||
	    set_callback(CALLBACKTYPE_sysenter, SYSENTER_VECTOR)) {
		test_error("can't set up");
		return;
	}
	for (unsigned int i = 0; i < ROUNDS; i++) {
		check(true);
		check(false);
	}
	debug_printf("%u debug traps\n", nr_debug);
}
