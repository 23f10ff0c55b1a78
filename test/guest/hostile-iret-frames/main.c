// SPDX-License-Identifier: MIT
/*
 * Claim: whatever frame the iret hypercall is given, and wherever a hypercall or
 * system call returns to, the trap that comes of it is the guest's.
 *
 * Rule: No address that isn't canonical is ever left for by SYSRET: the guest gets #GP or its
 * failsafe callback, at or behind that address.
 * See: ABI 4.2, 4.3; SDM 3A 5.8.8, 6.12
 *
 * Rule: IOPL, VM, VIF and VIP of a frame have no effect; RPL 0 to 2 of cs means the kernel, and
 * cs and ss get RPL 3.
 * See: ABI 4.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define NOWHERE	       0x40000000ul
#define LAST_PAGE      0x7ffffffff000ul
#define NOT_THERE      0x800000000000ul
#define FLAGS_IOPL     0x3000ul
#define FLAGS_VM       0x1a0000ul /* and VIF, VIP */
#define NR_RANDOM      6000u
#define UNUSED_CALL    63
#define SYSCALL_VECTOR 0x90 /* of a stub that nothing else uses */
#define STUB_BYTES     16

extern char user_code[];
extern const char trap_stubs[];
void user_ud(void);

asm(".balign 4096\n"
    "user_code:\n"
    "user_ud: ud2\n"
    ".balign 4096\n");

static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
static uint32_t state = 0x1d872b41;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static struct iret_context good_frame(bool user)
{
	return (struct iret_context){
		.rip = (unsigned long)user_ud,
		.cs = user ? FLAT_USER_CS : FLAT_USER_CS & ~3,
		.rflags = 0x202,
		.rsp = (unsigned long)stack + PAGE_SIZE,
		.ss = FLAT_USER_SS,
	};
}

static bool is_fault(unsigned int vector)
{
	return vector == VECTOR_GP || vector == VECTOR_PF || vector == VECTOR_FAILSAFE ||
	       vector == VECTOR_SS || vector == VECTOR_NP;
}

static void check_addresses(void)
{
	static const unsigned long rips[] = {
		NOT_THERE,     0x8000000000000000ul,  0xffff7ffffffffffful,    0x7fffffffffffffffll,
		NOT_THERE - 1, HYPERVISOR_VIRT_START, HYPERVISOR_VIRT_END - 2,
	};
	struct trap_result r;

	for (unsigned int i = 0; i < ARRAY_SIZE(rips) * 4; i++) {
		struct iret_context f = good_frame(i & 1);

		f.rip = rips[i / 4];
		f.flags = i & 2 ? VGCF_in_syscall : 0;
		user_run_frame(&f, &r);
		TEST_CHECK(is_fault(r.vector), "to %lx, %s%s: vector %x", f.rip,
			   i & 1 ? "user" : "kernel", i & 2 ? ", in a syscall" : "", r.vector);
	}
}

static void check_selectors(void)
{
	static const uint16_t bad[] = {0,      0x8,    0xc,    0xe008, 0xe010, 0xe02b,
				       0xe040, 0xe050, 0xe0fb, 0xfffb, 0x1008, 0x100c};
	struct trap_result r;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad) * 2; i++) {
		struct iret_context f = good_frame(i & 1);

		f.cs = bad[i / 2] | (i & 1 ? 3 : 0);
		user_run_frame(&f, &r);
		TEST_CHECK(is_fault(r.vector), "to cs %lx: vector %x", f.cs, r.vector);
		f = good_frame(i & 1);
		f.ss = bad[i / 2];
		user_run_frame(&f, &r);
		/* Null is a stack selector like any other in 64-bit mode, but not in ring 3. */
		TEST_CHECK(is_fault(r.vector) || (bad[i / 2] | 3) == FLAT_USER_SS,
			   "to ss %lx: vector %x", f.ss, r.vector);
	}
}

static bool on_ud(struct guest_trap_frame *frame)
{
	static const unsigned long never = FLAGS_VM;

	TEST_CHECK(!(frame->flags & (never | FLAGS_IOPL)), "flags %lx", frame->flags);
	return false;
}

static void check_flags(void)
{
	struct trap_result r;

	trap_set_handler(VECTOR_UD, on_ud);
	for (unsigned int i = 0; i < 8; i++) {
		struct iret_context f = good_frame(i & 1);

		f.rflags |= (i & 2 ? FLAGS_IOPL : 0) | (i & 4 ? FLAGS_VM : 0) | 1ul << 63;
		user_run_frame(&f, &r);
		TEST_CHECK(r.vector == VECTOR_UD && r.ip == (unsigned long)user_ud,
			   "flags %lx: vector %x", f.rflags, r.vector);
	}
	/* RPL 1 and 2 mean the kernel. */
	for (unsigned int rpl = 0; rpl < 3; rpl++) {
		struct iret_context f = good_frame(false);

		f.cs |= rpl;
		f.ss = (f.ss & ~3ul) | rpl;
		user_run_frame(&f, &r);
		TEST_CHECK(r.vector == VECTOR_UD && (r.cs & 3) == KERNEL_RPL,
			   "RPL %u: vector %x, cs %x", rpl, r.vector, r.cs);
	}
	trap_set_handler(VECTOR_UD, NULL);
}

/* Put the user's tables of va into the kernel's root too. 0 or -errno. */
static int share_slot(unsigned long va)
{
	uint64_t maddr = user_entry_maddr(va, PT_LEVELS);
	unsigned long root = mm_pfn_to_virt(mm_mfn_to_pfn(maddr >> PAGE_SHIFT));

	return mm_update_entry(mm_entry_maddr(va, PT_LEVELS),
			       *(const uint64_t *)(root + (maddr & (PAGE_SIZE - 1))));
}

/* The last instruction that there is: behind it is nothing, for neither of the two. */
static void check_last_syscall(void)
{
	uint8_t *code = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn((unsigned long)code);
	struct callback_register reg = {.type = CALLBACKTYPE_syscall,
					.address = raw_address(VECTOR_SYSCALL)};
	const void *last = (const void *)(LAST_PAGE + PAGE_SIZE - 2);
	struct iret_context f = good_frame(true);
	struct trap_result r;
	struct raw_trap t;

	code[PAGE_SIZE - 2] = 0x0f;
	code[PAGE_SIZE - 1] = 0x05;
	TEST_EQUAL("the last page", user_map(LAST_PAGE, mfn, 0), 0);
	TEST_EQUAL("callback", hypercall_callback_op(CALLBACKOP_register, &reg), 0);
	raw_run(RAW_USER, last, 0x202, &t);
	TEST_CHECK(t.vector == VECTOR_SYSCALL && t.word[0] == NOT_THERE && t.word[2] == NOT_THERE,
		   "the last syscall: vector %x, rcx %lx, rip %lx", t.vector, t.word[0], t.word[2]);
	reg.address = (unsigned long)trap_stubs + SYSCALL_VECTOR * STUB_BYTES;
	TEST_EQUAL("callback", hypercall_callback_op(CALLBACKOP_register, &reg), 0);
	f.rip = NOT_THERE;
	f.flags = VGCF_in_syscall;
	user_run_frame(&f, &r);
	TEST_CHECK(is_fault(r.vector), "back behind it: vector %x", r.vector);
	/* The same in the kernel, where it is a hypercall. */
	TEST_EQUAL("the user's slot for both", share_slot(LAST_PAGE), 0);
	for (unsigned int i = 0; i < 2; i++) {
		f = good_frame(false);
		f.rip = (unsigned long)last;
		f.rax = UNUSED_CALL;
		f.flags = i ? VGCF_in_syscall : 0;
		user_run_frame(&f, &r);
		TEST_CHECK(is_fault(r.vector), "the last hypercall: vector %x", r.vector);
	}
}

/* Anything anywhere, but for the stack on which a trap of the kernel has to find room. */
static void check_random(void)
{
	static const unsigned long rips[] = {NOWHERE, NOT_THERE, ~0ul, HYPERVISOR_VIRT_START,
					     LAST_PAGE + PAGE_SIZE - 2};
	struct trap_result r;

	for (unsigned int i = 0; i < NR_RANDOM; i++) {
		bool user = random32() & 1;
		struct iret_context f = good_frame(user);
		unsigned int pick = random32() % (ARRAY_SIZE(rips) + 3);

		f.rax = UNUSED_CALL;
		f.rcx = random32();
		f.rip = pick < ARRAY_SIZE(rips) ? rips[pick] : f.rip;
		f.flags = random32() & 0x1ff;
		f.rflags = (uint64_t)random32() << 32 | random32();
		if (random32() % 4 == 0)
			f.cs = (random32() & ~3u) | (user ? 3 : random32() % 3);
		if (random32() % 4 == 0)
			f.ss = random32();
		if (user && random32() % 2)
			f.rsp = (uint64_t)random32() << 32 | random32();
		if (!user)
			f.cs &= f.cs & 3 ? ~1ul : ~0ul;
		user_run_frame(&f, &r);
		TEST_CHECK(r.trapped, "round %u: no trap", i);
	}
}

void test_main(void)
{
	if (raw_init(user_code) || user_allow((unsigned long)stack)) {
		test_error("can't open pages to the user");
		return;
	}
	check_addresses();
	check_selectors();
	check_flags();
	check_last_syscall();
	check_random();
}
