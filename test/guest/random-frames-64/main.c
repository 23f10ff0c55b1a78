// SPDX-License-Identifier: MIT
/*
 * Claim: whatever frame a guest returns to, kernel or user, with whatever
 * descriptors, LDT, data selectors, segment bases, flags, watchpoints and user
 * root, in 64-, 32- or 16-bit code, the trap comes back to it, and the monitor
 * and the neighbours go on.
 * See: ABI 1.7, 4.1, 4.2, 4.3, 4.6, 4.8; SDM 3A 6.14
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>

#define ROUNDS	  6000u
#define NR_RANDOM 8 /* descriptors 1 to this, in the GDT and the LDT */
#define TI	  4u
#define STUB_BYTES 16u
#define FIRST_CALLBACK 0x90u /* stubs of vectors that nothing else uses */
#define LOW_VA	  0x400000ul /* the code, below 4 GiB; its stack is the page behind */
#define LAST_VA	  0x7ffffffff000ul /* its last instruction is a SYSCALL */
#define DATA_VA	  (LOW_VA + 2 * PAGE_SIZE)
#define OWN_BYTES  (16ul << 20)
#define EFL_TF	  0x100u
#define EFL_RF	  0x10000u

extern const uint8_t trap_stubs[];
extern char user_code[], user_code_end[], data[];

/* Short ways to a trap, which 32-bit code reads as well; no loop. */
asm(".balign 4096\n"
    "user_code:\n"
    "int $0x80; ud2\n"
    "int3; ud2\n"
    "int $0x82; ud2\n"
    "movl $17, %eax; syscall; ud2\n"
    "sysenter; ud2\n"
    "movl %ss, %eax; movl %eax, %ss; int3; ud2\n"
    "movw data_low, %ss; syscall; ud2\n"
    "movw data_low, %ss; sysenter; ud2\n"
    "movw data_low, %ss; int $0x80; ud2\n"
    "movl $3, %eax; movl %eax, %gs; movl %gs:0, %eax; ud2\n"
    ".byte 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x41, 0x04, 0x00, 0x9d\n" /* pushf; or AC, NT, TF; popf */
    "syscall; ud2\n"
    "cli; iretq; ud2\n"
    ".byte 0xcf; ud2\n" /* iretd */
    ".byte 0xea, 0, 0, 0, 0, 0x08, 0xe0; ud2\n"
    ".byte 0x66, 0x0f, 0xa9, 0x0f, 0xa9; ud2\n" /* pop %gs */
    ".byte 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8; ud2\n" /* mov to ds, es, fs, gs */
    "fldpi; fwait; movl %gs:-4, %eax; ud2\n"
    "movl %fs:-4, %eax; ud2\n"
    "user_code_end:\n"
    ".balign 4096\n"
    "data: .word 0xe02b\n"
    ".balign 4096\n"
    ".set data_low, 0x402000\n");

static uint64_t *gdt, *ldt;
static uint8_t own_stack[PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned long user_root, kernel_root;
static unsigned int seen[0x102], from_user;
static uint32_t state;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

#define PICK(...)                                                   \
	({                                                          \
		const unsigned long values_[] = {__VA_ARGS__};      \
		values_[random32() % ARRAY_SIZE(values_)];          \
	})

/* Refused or not: either way it is worth a try. */
static void random_descriptor(void)
{
	uint64_t base = PICK(0, 0, 0, 0, LOW_VA, 0xfffff000, 0x80000000);
	uint64_t limit = PICK(0, 0xfff, 0xfffff, 0xfffff, 0x400);
	uint64_t type = PICK(0x93, 0xf3, 0xf3, 0xf1, 0xf7, 0x73, 0x9b, 0xfb, 0xfb, 0xfb, 0xfa,
			     0x7b, 0xff, 0x82, 0x89, 0x8c, 0xec, 0xe5);
	uint64_t flags = PICK(0xc, 0xc, 0xa, 0xa, 0xe, 8, 4, 0); /* G, D, L */
	uint64_t value = (base & 0xff000000) << 32 | (base & 0xffffff) << 16 |
			 (limit & 0xf0000) << 32 | (limit & 0xffff) | type << 40 | flags << 52;
	uint64_t *table = random32() & 1 ? gdt : ldt;
	unsigned int i = 1 + random32() % NR_RANDOM;

	hypercall_update_descriptor(((uint64_t)mm_virt_to_mfn((unsigned long)table) << 12) + i * 8,
				    value);
}

static unsigned int random_selector(void)
{
	unsigned int rpl = PICK(3, 3, 3, 0, 1, 2);

	switch (random32() % 8) {
	case 0:
		return (0xe000 + 8 * (random32() % 12)) | rpl; /* the monitor's own */
	case 1:
		return rpl;
	case 2:
		return (random32() & 0xfffc) | rpl;
	case 3:
		return FLAT_USER_CS32;
	case 4:
		return FLAT_USER_DS32;
	default:
		return (1 + random32() % NR_RANDOM) * 8 | (random32() & TI) | rpl;
	}
}

static unsigned long random_address(void)
{
	return PICK(0, 8, LAST_VA + PAGE_SIZE - 2, LAST_VA + PAGE_SIZE, 0xffff7fffffffffff,
		    HYPERVISOR_VIRT_START, 0xffff818000010000 /* the LDT's window */,
		    HYPERVISOR_VIRT_END - 1, HYPERVISOR_VIRT_END, ~0ul, 0xfffffffffffffff0);
}

/* Each may be refused by the CPU: then this is the trap. */
static void load_selectors(void *arg)
{
	const unsigned int *sel = arg;

	asm volatile("movl %0, %%gs; movl %1, %%fs; movl %2, %%es; movl %3, %%ds"
		     :
		     : "r"(sel[0]), "r"(sel[1]), "r"(sel[2]), "r"(sel[3]));
}

static void random_segments(void)
{
	struct trap_result result;
	unsigned int sel[4];

	for (unsigned int i = 0; i < ARRAY_SIZE(sel); i++)
		sel[i] = random32() % 2 ? FLAT_USER_DS32 : random_selector();
	trap_catch(load_selectors, sel, &result);
	hypercall_set_segment_base(SEGBASE_GS_USER_SEL, random_selector());
	hypercall_set_segment_base((unsigned int)PICK(SEGBASE_FS, SEGBASE_GS_USER,
						      SEGBASE_GS_KERNEL), random_address());
}

static void random_tables(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};

	op.arg2.nr_ents = (unsigned int)PICK(0, 9, 1000);
	op.arg1.linear_addr = PICK((unsigned long)ldt, (unsigned long)ldt, 0x30000000ul,
				   LAST_VA, HYPERVISOR_VIRT_START);
	hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
	mm_ext_op(MMUEXT_NEW_USER_BASEPTR, PICK(user_root, user_root, user_root, kernel_root));
}

static void random_watch(void)
{
	unsigned long top = (unsigned long)own_stack + sizeof(own_stack);
	unsigned long at = PICK(top - 8 * (random32() % 16), DATA_VA, LOW_VA + random32() % 64,
				random_address());

	hypercall_set_debugreg(random32() % 4, at);
	hypercall_set_debugreg(7, PICK(0, 0, 0x000f0001, 0x00010001, 0x00000001, 0x0fff00ff,
				       ~0ul));
}

static bool on_debug(struct guest_trap_frame *frame)
{
	seen[VECTOR_DB]++;
	frame->flags = (frame->flags | EFL_RF) & ~(uint64_t)EFL_TF;
	return true;
}

static bool on_any(struct guest_trap_frame *frame)
{
	from_user += trap_from_user(frame);
	return false;
}

/* A selector that went bad meanwhile: it is null now, and we go on. */
static bool on_failsafe(struct guest_trap_frame *frame)
{
	seen[VECTOR_FAILSAFE]++;
	return frame->ip - (unsigned long)virt_base < OWN_BYTES;
}

static void one_round(void)
{
	struct iret_context frame = {.rcx = random32(), .r11 = random32(), .rax = random32()};
	unsigned long code = random32() % (unsigned long)(user_code_end - user_code);
	struct trap_result result;

	random_descriptor();
	if (random32() % 4 == 0)
		random_tables();
	frame.flags = PICK(0, VGCF_in_syscall);
	frame.cs = PICK(FLAT_USER_CS, FLAT_USER_CS, FLAT_USER_CS32, FLAT_USER_CS & ~3ul,
			random_selector(), random_selector());
	/* A 16-bit stack would leave the kernel half of a stack pointer. */
	frame.ss = (frame.cs & 3) == 3 && random32() % 4 == 0 ? random_selector() : FLAT_USER_SS;
	frame.rip = random32() % 4 ? LOW_VA + code : random_address();
	frame.rflags = PICK(0x202, 0x302, 0x4202, 0x44302, 0x10302, random32(), ~0x20000ul);
	/*
	 * Whole instructions for the kernel, and a stack: the frames of its traps go
	 * where it says, and a bad place is its end.
	 */
	if (frame.rip == LOW_VA + code && (frame.cs & 3) != 3)
		frame.rip = LOW_VA + PICK(0, 4, 7, 11, 31);
	frame.rsp = (frame.cs & 3) == 3 && random32() % 4 == 0
			    ? random_address()
			    : LOW_VA + 2 * PAGE_SIZE - 64;
	random_segments();
	/* QEMU 7.2 may fall over them: SIGSEGV. */
	if (!strcmp((const char *)start_info->cmd_line, "bochs"))
		random_watch();
	if (random32() % 8 == 0)
		hypercall_sched_op(SCHEDOP_yield, NULL);
	user_run_frame(&frame, &result);
	hypercall_set_debugreg(7, 0);
	seen[result.vector]++;
}

static void set_callback(unsigned int type, unsigned int nth)
{
	struct callback_register reg = {
		.type = (uint16_t)type,
		.address = (unsigned long)trap_stubs + (FIRST_CALLBACK + nth) * STUB_BYTES,
	};

	TEST_EQUAL("callback", hypercall_callback_op(CALLBACKOP_register, &reg), 0);
}

static void set_descriptors(void)
{
	xen_pfn_t frame;

	gdt = mm_page_alloc();
	ldt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	TEST_EQUAL("read-only GDT", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("read-only LDT", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, 512), 0);
}

/* The user's page, in the kernel's address space too. */
static int map_for_both(unsigned long va, unsigned long mfn, uint64_t flags)
{
	uint64_t *root;

	if (user_map(va, mfn, flags))
		return -1;
	root = (uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(user_root));
	return mm_update_entry(mm_entry_maddr(va, 4), root[va >> 39 & 511]);
}

static int set_memory(void)
{
	uint8_t *last = mm_page_alloc();
	void *stack = mm_page_alloc();

	user_root = user_entry_maddr(0, PT_LEVELS) >> PAGE_SHIFT;
	kernel_root = mm_entry_maddr(0, PT_LEVELS) >> PAGE_SHIFT;
	memcpy(last + PAGE_SIZE - 2, "\x0f\x05", 2);
	return map_for_both(LAST_VA, mm_virt_to_mfn((unsigned long)last), 0) ||
	       map_for_both(LOW_VA, mm_virt_to_mfn((unsigned long)user_code), 0) ||
	       map_for_both(LOW_VA + PAGE_SIZE, mm_virt_to_mfn((unsigned long)stack), PTE_RW) ||
	       map_for_both(DATA_VA, mm_virt_to_mfn((unsigned long)data), 0) ||
	       user_allow((unsigned long)own_stack);
}

void test_main(void)
{
	uint32_t high;

	asm volatile("rdtsc" : "=a"(state), "=d"(high));
	state |= 1;
	debug_printf("seed %x\n", state);
	set_descriptors();
	if (set_memory()) {
		test_error("can't map pages for kernel and user");
		return;
	}
	for (unsigned int vector = 0; vector < VECTOR_EVENT; vector++)
		trap_set_handler(vector, vector == VECTOR_DB ? on_debug : on_any);
	trap_set_handler(VECTOR_FAILSAFE, on_failsafe);
	set_callback(CALLBACKTYPE_syscall, 0);
	set_callback(CALLBACKTYPE_syscall32, 1);
	set_callback(CALLBACKTYPE_sysenter, 2);
	for (unsigned int i = 0; i < ROUNDS; i++)
		one_round();
	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++)
		if (seen[i])
			debug_printf("vector %x: %u times\n", i, seen[i]);
	TEST_CHECK(seen[VECTOR_FAILSAFE] && seen[VECTOR_PF] && seen[VECTOR_UD] && seen[VECTOR_DB] &&
			   from_user > ROUNDS / 8, "too tame: %u from the user", from_user);
}
