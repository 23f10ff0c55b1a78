// SPDX-License-Identifier: MIT
/*
 * Traps word by word. Called by tests; uses traps.c's saved contexts.
 */

#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#define NR_GATES   256u
#define STUB_BYTES 16u
#define SLACK	   64u /* above a stack's top, so that a frame can be read past it */

extern const uint8_t raw_stubs[];
int trap_context_save(uint32_t *context) __attribute__((returns_twice));
void trap_context_restore(uint32_t *context) __attribute__((noreturn));
void raw_enter(void *frame) __attribute__((noreturn));
void raw_seen(const uint32_t *stack) __attribute__((noreturn));

/* Each stub pushes its vector; all else is kept as it was. */
asm(".balign 16\n"
    ".globl raw_stubs\n"
    "raw_stubs:\n"
    ".set raw_vector, 0\n"
    ".rept 256\n"
    ".balign 16\n"
    "pushl $raw_vector\n"
    "jmp raw_entry\n"
    ".set raw_vector, raw_vector + 1\n"
    ".endr\n"
    "raw_entry:\n"
    "pushal; pushl %ds; pushl %es; pushl %fs; pushl %gs; pushfl\n"
    "movl $0xe021, %eax; movl %eax, %ds; movl %eax, %es\n"
    "cld; movl %esp, %eax; pushl %eax; call raw_seen\n"
    /* The iret hypercall, from a frame, with every register known. */
    ".globl raw_enter\n"
    "raw_enter: movl 4(%esp), %esp\n"
    "movl $0xe033, %eax; movl %eax, %ds; movl %eax, %es; movl %eax, %fs; movl %eax, %gs\n"
    "movl $0xb0b1b2b3, %ebx; movl $0xc0c1c2c3, %ecx; movl $0xd0d1d2d3, %edx\n"
    "movl $0x5e515e51, %esi; movl $0xed1ed1ed, %edi; movl $0xeb9eb9eb, %ebp\n"
    "movl $23, %eax; int $0x82; ud2\n");

_Static_assert(__HYPERVISOR_iret == 23, "raw_enter says so");

static uint8_t stacks[3][PAGE_SIZE] __attribute__((aligned(4096))); /* 0: for traps of ring 3 */
static uint32_t context[6];
static struct raw_trap *seen;
static unsigned long stack_began;
static void *enter_from; /* not a local: those may change before the trap */

unsigned long raw_stack_top(unsigned int ring)
{
	return (unsigned long)stacks[ring == 1 ? 1 : 2] + PAGE_SIZE - SLACK;
}

unsigned long raw_address(unsigned int vector)
{
	return (unsigned long)raw_stubs + vector * STUB_BYTES;
}

int raw_init(const void *code_page)
{
	int ret = user_allow((unsigned long)code_page);

	return ret ? ret : user_allow((unsigned long)stacks[2]);
}

int raw_gate(unsigned int vector, unsigned int dpl, bool mask_events)
{
	struct trap_info table[2] = { 0 };

	table[0].vector = (uint8_t)vector;
	table[0].flags = (uint8_t)(dpl | (mask_events ? 4 : 0));
	table[0].cs = FLAT_KERNEL_CS;
	table[0].address = raw_address(vector);
	return hypercall_set_trap_table(table);
}

int raw_gates(unsigned int dpl, bool mask_events)
{
	for (unsigned int vector = 0; vector < NR_GATES; vector++) {
		int ret = raw_gate(vector, dpl > 3 ? vector & 3 : dpl, mask_events);

		if (ret)
			return ret;
	}
	return 0;
}

void raw_seen(const uint32_t *stack)
{
	/* flags, gs fs es ds, edi esi ebp esp ebx edx ecx eax, vector, frame. */
	const uint32_t *frame = stack + 14;

	seen->handler_eflags = stack[0];
	seen->gs = (uint16_t)stack[1];
	seen->fs = (uint16_t)stack[2];
	seen->es = (uint16_t)stack[3];
	seen->ds = (uint16_t)stack[4];
	seen->edi = stack[5];
	seen->esi = stack[6];
	seen->ebp = stack[7];
	seen->ebx = stack[9];
	seen->edx = stack[10];
	seen->ecx = stack[11];
	seen->eax = stack[12];
	seen->vector = stack[13];
	seen->nr_words = (stack_began - (unsigned long)frame) / 4;
	memcpy(seen->word, frame, sizeof(seen->word));
	seen->masked = vcpu_info->evtchn_upcall_mask;
	trap_context_restore(context);
}

void raw_run(unsigned int ring, const void *code, uint32_t eflags, struct raw_trap *trap)
{
	unsigned long own_top = (unsigned long)stacks[0] + PAGE_SIZE - SLACK;
	uint32_t frame[] = { RAW_EAX, (uint32_t)code, ring == 1 ? FLAT_KERNEL_CS : FLAT_USER_CS,
			     eflags,  raw_stack_top(ring), FLAT_USER_SS };

	/* To ring 1 the hypercall returns above the words that it took. */
	enter_from = (void *)(ring == 1 ? raw_stack_top(1) - 4 * 4 : own_top - sizeof(frame));
	memset(trap, 0, sizeof(*trap));
	seen = trap;
	stack_began = ring == 1 ? raw_stack_top(1) : own_top;
	hypercall_stack_switch(FLAT_KERNEL_SS, own_top);
	memcpy(enter_from, frame, ring == 1 ? 4 * 4 : sizeof(frame));
	if (!trap_context_save(context))
		raw_enter(enter_from);
	vcpu_info->evtchn_upcall_mask = 1;
}

bool raw_same_registers(const char *what, const struct raw_trap *trap, unsigned int but)
{
	const struct {
		const char *name;
		unsigned int bit;
		uint32_t got, want;
	} regs[] = {
		{ "eax", 0, trap->eax, RAW_EAX }, { "ecx", 1, trap->ecx, RAW_ECX },
		{ "edx", 2, trap->edx, RAW_EDX }, { "ebx", 3, trap->ebx, RAW_EBX },
		{ "ebp", 5, trap->ebp, RAW_EBP }, { "esi", 6, trap->esi, RAW_ESI },
		{ "edi", 7, trap->edi, RAW_EDI }, { "ds", 8, trap->ds, RAW_DS },
		{ "es", 9, trap->es, RAW_DS },	  { "fs", 10, trap->fs, RAW_DS },
		{ "gs", 11, trap->gs, RAW_DS },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
		if (!(but >> regs[i].bit & 1) && regs[i].got != regs[i].want) {
			test_failure("%s: %s is %x", what, regs[i].name, regs[i].got);
			return false;
		}
	return true;
}
