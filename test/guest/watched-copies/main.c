// SPDX-License-Identifier: MIT
/*
 * Claim: a watchpoint that the monitor's own accesses to guest memory hit, or
 * that comes due in the monitor's first instruction, does no harm: calls and
 * frames are whole, and the guest still gets the watchpoints that it hits.
 * See: ABI 4.8; SDM 3A 6.8.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define DR7_WATCH0 0x000f0001ul /* breakpoint 0, reads and writes, four bytes */

static uint32_t watched[64] __attribute__((aligned(64)));
static volatile unsigned int nr_debug;

static bool on_debug(struct guest_trap_frame *frame)
{
	(void)frame;
	nr_debug++;
	return true;
}

static void watch(volatile void *p)
{
	TEST_EQUAL("dr0", hypercall_set_debugreg(0, (unsigned long)p), 0);
	TEST_EQUAL("dr7", hypercall_set_debugreg(7, p ? DR7_WATCH0 : 0), 0);
}

/* The monitor copies a struct in and out, with the watch at each of its words. */
static void copies(void)
{
	volatile struct xen_feature_info *info = (void *)&watched[4];

	for (unsigned int i = 3; i < 8; i++) {
		info->submap_idx = 0;
		info->submap = ~0u;
		watch(&watched[i]);
		TEST_EQUAL("get_features",
			   hypercall_xen_version(XENVER_get_features, &watched[4]), 0);
		watch(NULL);
		TEST_CHECK(info->submap != ~0u, "watch %u: nothing was copied out", i);
		if (i == 4 || i == 5)
			TEST_CHECK(hypercall_get_debugreg(6) & 1, "watch %u: not in DR6", i);
	}
}

/* The text is longer than one word, and an odd number of bytes. */
static void console(void)
{
	static char text[] __attribute__((aligned(4))) = "watched text is written all the same\n";

	for (unsigned int i = 0; i + 4 < sizeof(text); i += 4) {
		watch(text + i);
		TEST_EQUAL("console_io",
			   hypercall_console_io(CONSOLEIO_write, sizeof(text) - 1, text), 0);
	}
	watch(NULL);
}

/* An exception frame over a watched word of the stack. */
static void frames(void)
{
	unsigned long sp;

	for (unsigned int i = 1; i <= 4; i++) {
		asm volatile("mov %%" ASM_SP ", %0" : "=r"(sp));
		watch((void *)((sp & ~15ul) - 4 * i - 32));
		asm volatile("sub $32, %%" ASM_SP "; int3; add $32, %%" ASM_SP
			     :
			     :
			     : "memory", "cc");
		watch(NULL);
	}
}

static bool on_breakpoint(struct guest_trap_frame *frame)
{
	(void)frame;
	return true;
}

/*
 * `mov ss` holds the trap of its own memory operand back for one instruction:
 * that is an `int`, so that it comes due at the monitor's first instruction.
 */
static void shadow(void)
{
	long result, arg1, arg2;

	watched[0] = FLAT_KERNEL_SS;
	watch(&watched[0]);
	asm volatile("movw %3, %%ss; " ASM_HYPERCALL
		     : "=a"(result), "=" ASM_ARG1(arg1), "=" ASM_ARG2(arg2)
		     : "m"(watched[0]), "0"((long)__HYPERVISOR_xen_version),
		       "1"((long)XENVER_version), "2"(0l)
		     : ASM_CLOBBERS);
	TEST_CHECK(result > 0, "hypercall behind mov ss: %ld", result);
	asm volatile("movw %0, %%ss; int3" : : "m"(watched[0]) : "memory");
	asm volatile("movw %0, %%ss; ud2" : : "m"(watched[0]) : "memory");
	watch(NULL);
}

static bool on_undefined(struct guest_trap_frame *frame)
{
	frame->ip += 2;
	return true;
}

/* Single steps through a hypercall and an exception. */
static void steps(void)
{
	unsigned int before = nr_debug;
	long result, arg1, arg2;

	asm volatile("pushf; orl $0x100, (%%" ASM_SP "); popf\n\t" ASM_HYPERCALL "\n\t"
		     "int3\n\t"
		     "nop\n\t"
		     "pushf; andl $~0x100, (%%" ASM_SP "); popf"
		     : "=a"(result), "=" ASM_ARG1(arg1), "=" ASM_ARG2(arg2)
		     : "0"((long)__HYPERVISOR_xen_version), "1"((long)XENVER_version), "2"(0l)
		     : ASM_CLOBBERS);
	TEST_CHECK(result > 0, "hypercall while stepping: %ld", result);
	TEST_CHECK(nr_debug - before >= 4, "only %u single steps", nr_debug - before);
}

void test_main(void)
{
	uint32_t value;

	trap_set_handler(VECTOR_DB, on_debug);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	trap_set_handler(VECTOR_UD, on_undefined);
	TEST_CHECK(hypercall_set_debugreg(0, HYPERVISOR_VIRT_START + 0x800000),
		   "the M2P may be watched");
	TEST_CHECK(hypercall_set_debugreg(0, HYPERVISOR_VIRT_START + 0x6900000),
		   "the monitor may be watched");
	copies();
	console();
	frames();
	shadow();
	nr_debug = 0;
	watch(&watched[9]);
	value = READ_ONCE(watched[9]);
	(void)value;
	watch(NULL);
	TEST_CHECK(nr_debug == 1, "own access to the watched word: %u traps", nr_debug);
	steps();
	/* ICEBP: a #DB without any debug register. QEMU 7.2 takes it for its debugger's. */
	nr_debug = 0;
	asm volatile(".byte 0xf1; nop; nop");
	TEST_CHECK(nr_debug <= 1, "icebp: %u traps", nr_debug);
}
