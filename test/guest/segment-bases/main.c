// SPDX-License-Identifier: MIT
/*
 * Claim: set_segment_base sets the bases of fs, of the kernel's gs and of the
 * user's gs, and the user's gs selector; an address that isn't canonical is
 * refused, a selector that can't be loaded becomes null; other domains and
 * the change between kernel and user leave them as they are.
 * See: ABI 2.1, 4.3, 4.6
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#define MSR_FS_BASE	   0xc0000100u
#define MSR_GS_BASE	   0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define NOT_CANONICAL	   0x800000000000ul

extern char user_code[];
void user_read(void);

/* What gs and fs show the user, then back. */
asm(".balign 4096\n"
    "user_code:\n"
    "user_read: movq %gs:0, %rax; movq %fs:0, %rbx; movl %gs, %ecx; int $0x80\n"
    ".balign 4096\n");

static uint64_t user_words[512] __attribute__((aligned(4096)));
static uint64_t kernel_word = 0x6b65726e656c0000, fs_word = 0x6673000000000000;
static struct guest_trap_frame seen;

static bool keep_frame(struct guest_trap_frame *frame)
{
	seen = *frame;
	return false;
}

static uint64_t read_base(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static uint64_t gs_word(void)
{
	uint64_t word;

	asm volatile("movq %%gs:0, %0" : "=r"(word));
	return word;
}

static void let_others_run(void)
{
	for (unsigned int i = 0; i < 4; i++)
		sched_poll(NULL, 0, system_time_ns() + 2000000);
}

static void check_user(const char *when)
{
	struct trap_result r;

	user_run(user_read, (unsigned long)(user_words + 512), &r);
	TEST_CHECK(r.vector == VECTOR_SYSCALL, "%s: the user ended by trap %u", when, r.vector);
	TEST_CHECK(seen.ax == user_words[0], "%s: the user's gs shows %lx", when, seen.ax);
	TEST_CHECK(seen.bx == user_words[8], "%s: the user's fs shows %lx", when, seen.bx);
	TEST_CHECK(gs_word() == kernel_word, "%s: the kernel's gs shows %lx", when, gs_word());
}

static void check_refused(void)
{
	static const unsigned int which[] = {SEGBASE_FS, SEGBASE_GS_USER, SEGBASE_GS_KERNEL};
	static const unsigned long bad[] = {NOT_CANONICAL, 0x8000000000000000ul,
					    0xffff7ffffffffffful};

	for (unsigned int i = 0; i < ARRAY_SIZE(which); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(bad); j++)
			TEST_CHECK(hypercall_set_segment_base(which[i], bad[j]) < 0,
				   "base %u of %lx was taken", which[i], bad[j]);
	TEST_CHECK(hypercall_set_segment_base(4, 0) < 0, "there is a fifth kind");
	check_user("after what was refused");
}

/* What can't be loaded is null, and no error: a kernel has no way to check before. */
static void check_selectors(void)
{
	static const uint16_t bad[] = {0x8, 0xc, 0xe008, 0xe010, 0xe040, 0xe050, 0xfff8, 0xffff};
	struct trap_result r;

	TEST_EQUAL("a flat selector",
		   hypercall_set_segment_base(SEGBASE_GS_USER_SEL, FLAT_USER_DS32), 0);
	TEST_CHECK(gs_word() == kernel_word, "the kernel's gs shows %lx", gs_word());
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		TEST_EQUAL("a bad selector",
			   hypercall_set_segment_base(SEGBASE_GS_USER_SEL, bad[i]), 0);
		TEST_EQUAL("the base again",
			   hypercall_set_segment_base(SEGBASE_GS_USER, (unsigned long)user_words),
			   0);
		user_run(user_read, (unsigned long)(user_words + 512), &r);
		TEST_CHECK((seen.cx & 0xffff) == 0, "selector %x became %lx", bad[i],
			   seen.cx & 0xffff);
	}
	check_user("after bad selectors");
}

/* A base in the monitor is only a number: nothing is there for ring 3. */
static void read_through_gs(void *arg)
{
	(void)arg;
	gs_word();
}

static void check_monitor(void)
{
	struct trap_result r;

	TEST_EQUAL("a base in the monitor",
		   hypercall_set_segment_base(SEGBASE_GS_KERNEL, HYPERVISOR_VIRT_END - 4096), 0);
	TEST_CHECK(trap_catch(read_through_gs, NULL, &r) && r.vector == VECTOR_PF,
		   "gs reads the monitor: vector %u", r.vector);
	TEST_EQUAL("the old base",
		   hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&kernel_word), 0);
}

void test_main(void)
{
	trap_set_handler(VECTOR_SYSCALL, keep_frame);
	user_words[0] = 0x7573657200000000;
	user_words[8] = fs_word;
	if (user_allow((unsigned long)user_words) || user_allow((unsigned long)user_code)) {
		test_error("can't open pages to the user");
		return;
	}
	TEST_EQUAL("fs", hypercall_set_segment_base(SEGBASE_FS, (unsigned long)&user_words[8]), 0);
	TEST_EQUAL("the user's gs",
		   hypercall_set_segment_base(SEGBASE_GS_USER, (unsigned long)user_words), 0);
	TEST_EQUAL("the kernel's gs",
		   hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&kernel_word), 0);
	TEST_CHECK(read_base(MSR_FS_BASE) == (unsigned long)&user_words[8], "MSR: fs at %lx",
		   read_base(MSR_FS_BASE));
	TEST_CHECK(read_base(MSR_GS_BASE) == (unsigned long)&kernel_word, "MSR: gs at %lx",
		   read_base(MSR_GS_BASE));
	TEST_CHECK(read_base(MSR_KERNEL_GS_BASE) == (unsigned long)user_words,
		   "MSR: the user's gs at %lx", read_base(MSR_KERNEL_GS_BASE));
	check_user("at first");
	let_others_run();
	check_user("after others ran");
	check_refused();
	check_selectors();
	let_others_run();
	check_user("after others ran again");
	check_monitor();
}
