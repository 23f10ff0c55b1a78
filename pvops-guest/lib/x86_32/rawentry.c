// SPDX-License-Identifier: MIT
/*
 * The 32-bit part of raw traps: entry, stacks, the frame's words. Uses the
 * saved contexts of entry.S. Called by rawtrap.c and by tests.
 */

#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#define STUB_BYTES 16u
#define SLACK	   64u /* above a stack's top, so that a frame can be read past it */

extern const uint8_t raw_stubs[];
int trap_context_save(struct trap_context *ctx) __attribute__((returns_twice));
void trap_context_restore(struct trap_context *ctx) __attribute__((noreturn));
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

const unsigned long raw_values[] = {0xa0a1a2a3, 0xc0c1c2c3, 0xd0d1d2d3, 0xb0b1b2b3,
				    0,		0xeb9eb9eb, 0x5e515e51, 0xed1ed1ed};

static uint8_t stacks[3][PAGE_SIZE] __attribute__((aligned(4096))); /* 0: for traps of the user */
static struct trap_context context;
static struct raw_trap *seen;
static unsigned long stack_began;
static void *enter_from; /* not a local: those may change before the trap */

unsigned long raw_stack_top(unsigned int who)
{
	return (unsigned long)stacks[who == RAW_KERNEL ? 1 : 2] + PAGE_SIZE - SLACK;
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

void raw_seen(const uint32_t *stack)
{
	/* flags, gs fs es ds, edi esi ebp esp ebx edx ecx eax, vector, frame. */
	const uint32_t *frame = stack + 14;

	seen->handler_flags = stack[0];
	for (unsigned int i = 0; i < 4; i++)
		seen->segment[3 - i] = (uint16_t)stack[1 + i];
	for (unsigned int i = 0; i < RAW_NR_REGISTERS; i++)
		seen->reg[i] = stack[12 - i];
	seen->vector = stack[13];
	seen->nr_words = (stack_began - (unsigned long)frame) / 4;
	memcpy(seen->word, frame, sizeof(seen->word));
	seen->masked = vcpu_info->evtchn_upcall_mask;
	trap_context_restore(&context);
}

void raw_run(unsigned int who, const void *code, unsigned long flags, struct raw_trap *trap)
{
	unsigned long own_top = (unsigned long)stacks[0] + PAGE_SIZE - SLACK;
	uint32_t frame[] = {raw_values[0],
			    (uint32_t)code,
			    who == RAW_KERNEL ? FLAT_KERNEL_CS : FLAT_USER_CS,
			    flags,
			    raw_stack_top(who),
			    FLAT_USER_SS};

	/* To ring 1 the hypercall returns above the words that it took. */
	enter_from =
		(void *)(who == RAW_KERNEL ? raw_stack_top(who) - 4 * 4 : own_top - sizeof(frame));
	memset(trap, 0, sizeof(*trap));
	seen = trap;
	stack_began = who == RAW_KERNEL ? raw_stack_top(who) : own_top;
	hypercall_stack_switch(FLAT_KERNEL_SS, own_top);
	memcpy(enter_from, frame, who == RAW_KERNEL ? 4 * 4 : sizeof(frame));
	if (!trap_context_save(&context))
		raw_enter(enter_from);
	vcpu_info->evtchn_upcall_mask = 1;
}

unsigned int raw_words(const struct raw_want *want, unsigned long *word, unsigned int *at_flags)
{
	bool user = want->who == RAW_USER;
	unsigned int nr = 0;

	if (want->error != RAW_NO_ERROR)
		word[nr++] = want->error;
	word[nr++] = want->ip;
	word[nr++] = (user ? FLAT_USER_CS : FLAT_KERNEL_CS) | (uint32_t)want->masked << 16;
	*at_flags = nr;
	word[nr++] = want->flags;
	if (user) {
		word[nr++] = raw_stack_top(RAW_USER);
		word[nr++] = FLAT_USER_SS;
	}
	return nr;
}
