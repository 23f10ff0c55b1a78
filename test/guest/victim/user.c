// SPDX-License-Identifier: MIT
/*
 * Ring 3 of the victim. Called by its main loop.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"
#include "test/guest/victim/victim.h"

#define CPUID_SSE (1u << 25)

/* One page of data, open to ring 3 as the code is. */
struct victim_shared victim_shared __attribute__((aligned(4096)));

static struct guest_trap_frame seen;

static bool on_syscall(struct guest_trap_frame *frame)
{
	seen = *frame;
	return false; /* ends user_run() */
}

int victim_user_setup(void)
{
	int ret = user_allow((unsigned long)victim_code);

	trap_set_handler(VECTOR_SYSCALL, on_syscall);
	return ret ? ret : user_allow((unsigned long)&victim_shared);
}

static bool has_sse(void)
{
	uint32_t a = 1, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d & CPUID_SSE;
}

void victim_user_spin(void)
{
	static uint32_t number = 0x10000000;
	unsigned long stack_top = (unsigned long)(&victim_shared + 1);
	uint32_t fpu_in[8], fpu_out[8], sse_in[4], sse_out[2][4];
	struct trap_result r;

	for (unsigned int i = 0; i < 8; i++)
		fpu_in[i] = number + i;
	for (unsigned int i = 0; i < 4; i++)
		sse_in[i] = number * 7 + i;
	asm volatile("fninit");
	for (unsigned int i = 0; i < 8; i++)
		asm volatile("fildl %0" : : "m"(fpu_in[i]));
	if (has_sse())
		asm volatile("movups %0, %%xmm0; movups %0, %%xmm7" : : "m"(sse_in));
	user_run(victim_loop, stack_top, &r);
	upcalls_disable();
	if (has_sse())
		asm volatile("movups %%xmm0, %0; movups %%xmm7, %1"
			     : "=m"(sse_out[0]), "=m"(sse_out[1]));
	for (unsigned int i = 0; i < 2 && has_sse(); i++)
		TEST_CHECK(!memcmp(sse_in, sse_out[i], sizeof(sse_in)), "xmm%u changed", i * 7);
	for (unsigned int i = 8; i-- > 0;)
		asm volatile("fistpl %0" : "=m"(fpu_out[i]));
	TEST_CHECK(!memcmp(fpu_in, fpu_out, sizeof(fpu_in)), "the FPU's registers changed");
	TEST_CHECK(r.vector == VECTOR_SYSCALL, "ring 3 ended by trap %u at %lx", r.vector, r.ip);
	victim_check_registers(&seen, stack_top);
	number += 0x01010101;
	number &= 0x7fffffff;
}
