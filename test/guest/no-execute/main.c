// SPDX-License-Identifier: MIT
/*
 * Claim: where the CPU has NX, a guest is told so and a page with it can't be
 * executed, by its kernel or its user; where it hasn't, a guest is told so, and
 * an entry with NX is refused, or works as if the bit weren't there.
 * See: ABI 3.2; SDM 3A 4.6
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define CPUID_NX (1u << 20)
#define PF_FETCH 0x10u

static uint8_t *code; /* int3 all over */

static uint32_t extended_features(bool forced)
{
	uint32_t a = 0x80000001, b, c = 0, d;

	if (forced)
		asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	else
		asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}

static void call_code(void *arg)
{
	((void (*)(void))arg)();
}

static void check_kernel(bool nx)
{
	unsigned long va = (unsigned long)code, mfn = mm_virt_to_mfn(va);
	struct trap_result r;
	int ret;

	TEST_CHECK(trap_catch(call_code, code, &r) && r.vector == VECTOR_BP,
		   "an ordinary page: vector %u", r.vector);
	ret = mm_map(va, mfn, PTE_RW | PTE_D | PTE_NX);
	TEST_CHECK(!nx || !ret, "an entry with NX: %d", ret);
	TEST_CHECK(code[1] == 0xcc, "it can't be read");
	trap_catch(call_code, code, &r);
	if (nx)
		TEST_CHECK(r.vector == VECTOR_PF && r.error_code == (PF_FETCH | 1) && r.cr2 == va,
			   "a page with NX: vector %u, error %x, at %lx", r.vector, r.error_code,
			   r.cr2);
	else
		TEST_CHECK(r.vector == VECTOR_BP, "without NX: vector %u", r.vector);
	TEST_EQUAL("an entry without NX", mm_map(va, mfn, PTE_RW | PTE_D), 0);
	trap_catch(call_code, code, &r);
	TEST_CHECK(r.vector == VECTOR_BP, "without it again: vector %u", r.vector);
}

static void check_user(bool nx)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	unsigned long mfn = mm_virt_to_mfn((unsigned long)code);
	struct trap_result r;
	int ret = user_map((unsigned long)code, mfn, PTE_NX);

	TEST_CHECK(!nx || !ret, "the user's entry with NX: %d", ret);
	if (user_allow((unsigned long)stack) || (ret && user_allow((unsigned long)code))) {
		test_error("can't open pages to the user");
		return;
	}
	user_run((void (*)(void))(unsigned long)code, (unsigned long)stack + PAGE_SIZE, &r);
	if (nx)
		TEST_CHECK(r.vector == VECTOR_PF && r.error_code == (PF_FETCH | 5),
			   "the user's page with NX: vector %u, error %x", r.vector, r.error_code);
	else
		TEST_CHECK(r.vector == VECTOR_BP, "the user without NX: vector %u", r.vector);
	TEST_EQUAL("user_allow", user_allow((unsigned long)code), 0);
	user_run((void (*)(void))(unsigned long)code, (unsigned long)stack + PAGE_SIZE, &r);
	TEST_CHECK(r.vector == VECTOR_BP, "the user at the end: vector %u", r.vector);
}

void test_main(void)
{
	bool nx = extended_features(false) & CPUID_NX;

	TEST_CHECK(!(extended_features(true) & CPUID_NX) == !nx, "the CPU has%s NX, we hear %x",
		   nx ? "" : " no", extended_features(true));
	debug_printf("with%s NX\n", nx ? "" : "out");
	code = mm_page_alloc();
	memset(code, 0xcc, PAGE_SIZE);
	check_kernel(nx);
	check_user(nx);
}
