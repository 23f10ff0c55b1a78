// SPDX-License-Identifier: MIT
/*
 * Claim: whatever frame a guest returns to, with whatever descriptors, data
 * selectors, flags and watchpoints, the trap comes back to it, and the monitor
 * and the neighbours go on.
 * See: ABI 4.1, 4.2, 4.3, 4.8; SDM 3A 6.15
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define ROUNDS	 3000
#define NR_RANDOM 8 /* descriptors 1 to this, in the GDT and the LDT */
#define TI	 4
#define SYSENTER_VECTOR 0x90 /* stubs of vectors that nothing else uses */
#define SYSCALL_VECTOR	0x91

static uint32_t state = 0x1f123bb5;
static uint64_t *gdt, *ldt;
static uint8_t kernel_stack[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t user_stack[PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int seen[0x102];

extern const uint8_t trap_stubs[];
extern char user_code[], user_code_end[];

/* Short ways to a trap, each of its own kind; no loop. */
asm(".balign 4096\n"
    "user_code:\n"
    "int $0x80; ud2\n"
    "int3; ud2\n"
    "pushl %eax; popl %eax; ud2\n"
    "int $0x82; ud2\n"
    "sysenter; ud2\n"
    "syscall; ud2\n"
    "movl %ss, %eax; movl %eax, %ss; int3; ud2\n"
    "movl $3, %eax; movl %eax, %gs; movl %gs:0, %eax; ud2\n"
    "pushfl; orl $0x44100, (%esp); popfl; movl 1(%esp), %eax; int3; ud2\n"
    "hlt; cli; iret; ud2\n"
    "ljmp $0xe008, $0; ud2\n"
    "lcall $0x40, $0; ud2\n"
    "fldpi; fwait; ud2\n"
    "movl %gs:-4, %eax; ud2\n"
    "movl %es:-8(%esp), %eax; movsl; ud2\n"
    "user_code_end:\n"
    ".balign 4096\n");

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static uint32_t pick(const uint32_t *values, unsigned int nr)
{
	return values[random32() % nr];
}

#define PICK(...)                                                  \
	({                                                         \
		const uint32_t values_[] = {__VA_ARGS__};          \
		pick(values_, ARRAY_SIZE(values_));                \
	})

/* Refused or not: either way it is worth a try. */
static void random_descriptor(void)
{
	uint32_t base = PICK(0, 0, 0, 0, 0x40000000, 0xf6800000, 0xfffff000);
	uint32_t limit = PICK(0, 0xfff, 0xf67ff, 0xfffff, 0xe0000);
	uint64_t type = PICK(0x93, 0xb3, 0xd3, 0xf3, 0xf1, 0xf7, 0x33, 0x73, 0xb7, 0xbb, 0xdb, 0xfb,
			     0xfa, 0x7b, 0xff, 0x82, 0x89, 0xec, 0xe5);
	uint64_t flags = PICK(0xc, 0xc, 0xc, 0x8, 0x4, 0);
	uint64_t value = (uint64_t)(base & 0xff000000) << 32 | (uint64_t)(base & 0xffffff) << 16 |
			 (uint64_t)(limit & 0xf0000) << 32 | (limit & 0xffff) | type << 40 |
			 flags << 52;
	uint64_t *table = random32() & 1 ? gdt : ldt;
	unsigned int i = 1 + random32() % NR_RANDOM;

	hypercall_update_descriptor(((uint64_t)mm_virt_to_mfn((unsigned long)table) << 12) + i * 8,
				    value);
}

static uint32_t random_selector(void)
{
	uint32_t rpl = PICK(1, 3, 3, 2, 0);

	switch (random32() % 8) {
	case 0:
		return (0xe000 + 8 * (random32() % 12)) | rpl; /* the monitor's own */
	case 1:
		return rpl;
	case 2:
		return (random32() & 0xfffc) | rpl;
	case 3:
		return FLAT_USER_CS;
	case 4:
		return FLAT_USER_DS;
	default:
		return (1 + random32() % NR_RANDOM) * 8 | (random32() & TI) | rpl;
	}
}

struct round {
	uint32_t ds, es, fs, gs;
	uint32_t eax, eip, cs, eflags, esp, ss;
};

static void go(void *arg)
{
	const struct round *r = arg;

	/* The loads may fault themselves: in ring 1, as ordinary exceptions. */
	asm volatile("movl %0, %%esi\n\t"
		     "pushl 36(%%esi); pushl 32(%%esi); pushl 28(%%esi)\n\t"
		     "pushl 24(%%esi); pushl 20(%%esi); pushl 16(%%esi)\n\t"
		     "movw 12(%%esi), %%gs\n\t"
		     "movw 8(%%esi), %%fs\n\t"
		     "movw 4(%%esi), %%es\n\t"
		     "movw 0(%%esi), %%ds\n\t"
		     "movl $23, %%eax\n\t"
		     "int $0x82\n\t"
		     "ud2"
		     :
		     : "r"(r)
		     : "memory", "esi", "eax");
	__builtin_unreachable();
}

static void random_watch(void)
{
	unsigned long at = PICK((unsigned long)kernel_stack + sizeof(kernel_stack) - 4,
				(unsigned long)kernel_stack + sizeof(kernel_stack) - 16,
				(unsigned long)user_stack + sizeof(user_stack) - 8,
				(unsigned long)user_code + random32() % 64);

	hypercall_set_debugreg(random32() % 4, at);
	hypercall_set_debugreg(7, PICK(0, 0, 0x000f0001, 0x00010001, 0x00000001, 0x00ff000f));
}

static bool on_debug(struct guest_trap_frame *frame)
{
	seen[VECTOR_DB]++;
	/* Past an instruction breakpoint, which comes before its instruction. */
	frame->flags |= 0x10000;
	return true;
}

static void one_round(void)
{
	struct trap_result result;
	struct round r;
	uint32_t rpl;

	random_descriptor();
	random_descriptor();
	for (unsigned int i = 0; i < 4; i++)
		(&r.ds)[i] = random32() % 4 ? FLAT_KERNEL_DS : random_selector() | 1;
	r.eax = random32();
	r.cs = random32() % 4 ? FLAT_USER_CS : random_selector();
	r.ss = random32() % 4 ? FLAT_USER_DS : random_selector();
	rpl = r.cs & 3;
	/* Code of ring 1 is not run at random: it could do what it likes to us. */
	if (rpl < 2)
		r.eip = 0x30000000;
	else
		r.eip = (unsigned long)user_code +
			random32() % (unsigned int)(user_code_end - user_code);
	r.eflags = random32() & 0x007f4fd5;
	/* Virtual-8086 mode and ring 0 rightly kill the guest. */
	r.eflags &= ~0x20000u;
	if (rpl == 0)
		r.cs |= 1;
	r.esp = PICK((unsigned long)user_stack + sizeof(user_stack), 0, 4, 0xf6800000, 0xfffffffe);
	random_watch();
	trap_catch(go, &r, &result);
	hypercall_set_debugreg(7, 0);
	seen[result.vector]++;
}

/* More of the monitor's own ways to serve a trap, in the second half. */
static void enable_more(void)
{
	struct callback_register reg = {.type = CALLBACKTYPE_sysenter};

	hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments);
	hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments_notify);
	hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	reg.address.cs = FLAT_KERNEL_CS;
	reg.address.eip = (unsigned long)trap_stubs + SYSENTER_VECTOR * 16;
	hypercall_callback_op(CALLBACKOP_register, &reg);
	reg.type = CALLBACKTYPE_syscall32;
	reg.address.eip = (unsigned long)trap_stubs + SYSCALL_VECTOR * 16;
	hypercall_callback_op(CALLBACKOP_register, &reg);
}

static void set_tables(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg2.nr_ents = 1000};
	xen_pfn_t frame;

	gdt = mm_page_alloc();
	ldt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	op.arg1.linear_addr = (unsigned long)ldt;
	TEST_EQUAL("read-only GDT", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("read-only LDT", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, 512), 0);
	TEST_EQUAL("set_ldt", hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
}

void test_main(void)
{
	set_tables();
	trap_set_handler(VECTOR_DB, on_debug);
	user_allow((unsigned long)user_stack);
	user_allow((unsigned long)user_code);
	hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)kernel_stack + sizeof(kernel_stack));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (i == ROUNDS / 2)
			enable_more();
		one_round();
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++)
		if (seen[i])
			debug_printf("vector %x: %u times\n", i, seen[i]);
}
