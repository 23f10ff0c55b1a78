// SPDX-License-Identifier: MIT
/*
 * Ring 3 with a 4 GiB stack segment that doesn't begin at 0: explicit operands
 * through ss, and the stack itself in either half. What can't be served is #SS.
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"
#include "segments.h"

extern char ss_code[];
void ss_load(void), ss_straddle(void), ss_push_low(void), ss_push_high(void), ss_both(void);
void ss_monitor(void);

/* esp is counted from the segment's base: 6144 bytes into area. int $0x80 ends each. */
asm(".balign 4096\n"
    "ss_code:\n"
    "ss_load: movl $0x13, %ecx; movl %ecx, %ss; movl $64, %esp; movl %ss:-4, %eax\n"
    " int $0x80\n"
    "ss_straddle: movl $0x13, %ecx; movl %ecx, %ss; movl $64, %esp; movl %ss:-2, %eax\n"
    " int $0x80\n"
    /* in the negative half: push, call, ret, pop, pusha, popa */
    "ss_push_low: movl $0x13, %ecx; movl %ecx, %ss; movl $-64, %esp; pushl $0x77; call 1f\n"
    " popl %eax; int $0x80\n"
    "1: pusha; popa; pushl $5; leave_it: addl $4, %esp; ret\n"
    "ss_push_high: movl $0x13, %ecx; movl %ecx, %ss; movl $64, %esp; pushl $0x78; popl %eax\n"
    " int $0x80\n"
    /* pushes to one half what lies in the other */
    "ss_both: movl $0x13, %ecx; movl %ecx, %ss; movl $64, %esp; pushl %ss:-4; int $0x80\n"
    "ss_monitor: movl $0x13, %ecx; movl %ecx, %ss; movl $area + 6144, %ebp; negl %ebp\n"
    " movl 0xf6800000(%ebp), %eax; int $0x80\n"
    ".balign 4096\n");

static uint32_t seen_eax;

static bool on_syscall(struct guest_trap_frame *frame)
{
	seen_eax = frame->ax;
	return false;
}

static void expect(const char *what, void (*code)(void), unsigned int vector, uint32_t eax)
{
	struct trap_result r;

	seen_eax = 0;
	user_run(code, (unsigned long)area + AREA_BYTES, &r);
	if (r.vector != vector || (vector == VECTOR_SS && r.error_code))
		test_failure("%s: trap %u, error %x, at %lx", what, r.vector, r.error_code, r.ip);
	else if (vector == VECTOR_SYSCALL && seen_eax != eax)
		test_failure("%s: eax %x, not %x", what, seen_eax, eax);
}

void check_stack(void)
{
	uint32_t *below = (uint32_t *)(area + AREA_BASE - 4);

	trap_set_handler(VECTOR_SYSCALL, on_syscall);
	for (unsigned int at = 0; at < AREA_BYTES; at += PAGE_SIZE)
		if (user_allow((unsigned long)area + at))
			test_error("can't open the area to ring 3");
	if (user_allow((unsigned long)ss_code))
		test_error("can't open the code to ring 3");
	*below = 0x1234;
	expect("ss:-4", ss_load, VECTOR_SYSCALL, 0x1234);
	TEST_CHECK(segment_is_down(SEG_USER), "after ss:-4: %llx", segment_read(SEG_USER));
	expect("a stack above", ss_push_high, VECTOR_SYSCALL, 0x78);
	expect("a stack below", ss_push_low, VECTOR_SYSCALL, 0x77);
	expect("straddling", ss_straddle, VECTOR_SS, 0);
	expect("a push of the other half", ss_both, VECTOR_SS, 0);
	expect("the monitor by ebp", ss_monitor, VECTOR_SS, 0);
	*below = 0x4321;
	expect("ss:-4 again", ss_load, VECTOR_SYSCALL, 0x4321);
}
