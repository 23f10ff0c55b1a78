// SPDX-License-Identifier: MIT
/*
 * The 64-bit part of raw traps: entry, stacks, the frame's words. Uses the
 * saved contexts of entry.S. Called by rawtrap.c and by tests.
 */

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "pvops-guest/lib/user.h"

#define STUB_BYTES 16u
#define SLACK	   128u /* above a stack's top, so that a frame can be read past it */

extern const uint8_t raw_stubs[];
int trap_context_save(struct trap_context *ctx) __attribute__((returns_twice));
void trap_context_restore(struct trap_context *ctx) __attribute__((noreturn));
void raw_enter(void *frame) __attribute__((noreturn));

/* What raw_entry leaves on the stack. */
struct raw_stack {
	uint64_t flags, segment[4], reg[RAW_NR_REGISTERS], vector, frame[RAW_FRAME_WORDS];
};
void raw_seen(const struct raw_stack *stack) __attribute__((noreturn));

/* Each stub pushes its vector; all else is kept as it was. */
asm(".balign 16\n"
    ".globl raw_stubs\n"
    "raw_stubs:\n"
    ".set raw_vector, 0\n"
    ".rept 256\n"
    ".balign 16\n"
    "pushq $raw_vector\n"
    "jmp raw_entry\n"
    ".set raw_vector, raw_vector + 1\n"
    ".endr\n"
    "raw_entry:\n"
    "pushq %r15; pushq %r14; pushq %r13; pushq %r12; pushq %r11; pushq %r10; pushq %r9; pushq %r8\n"
    "pushq %rdi; pushq %rsi; pushq %rbp; pushq %rsp; pushq %rbx; pushq %rdx; pushq %rcx\n"
    "pushq %rax\n"
    "movl %gs, %eax; pushq %rax; movl %fs, %eax; pushq %rax\n"
    "movl %es, %eax; pushq %rax; movl %ds, %eax; pushq %rax\n"
    "pushfq; cld; movq %rsp, %rdi; andq $-16, %rsp; call raw_seen\n"
    /* The iret hypercall, from a frame, with every register known. */
    ".globl raw_enter\n"
    "raw_enter: movq %rdi, %rsp\n"
    "movl $0xe02b, %eax; movl %eax, %ds; movl %eax, %es; movl %eax, %fs; movl %eax, %gs\n"
    "movq raw_values + 16, %rdx; movq raw_values + 24, %rbx; movq raw_values + 40, %rbp\n"
    "movq raw_values + 48, %rsi; movq raw_values + 56, %rdi; movq raw_values + 64, %r8\n"
    "movq raw_values + 72, %r9; movq raw_values + 80, %r10; movq raw_values + 96, %r12\n"
    "movq raw_values + 104, %r13; movq raw_values + 112, %r14; movq raw_values + 120, %r15\n"
    "movl $23, %eax; syscall; ud2\n");

_Static_assert(__HYPERVISOR_iret == 23, "raw_enter says so");

const unsigned long raw_values[] = {
	0xa0a1a2a3a4a5a6a7,
	0xc0c1c2c3c4c5c6c7,
	0xd0d1d2d3d4d5d6d7,
	0xb0b1b2b3b4b5b6b7,
	0,
	0xeb9eb9ebeb9eb9eb,
	0x5e515e515e515e51,
	0xed1ed1eded1ed1ed,
	0x0808080808080808,
	0x0909090909090909,
	0x1010101010101010,
	0x1111111111111111,
	0x1212121212121212,
	0x1313131313131313,
	0x1414141414141414,
	0x1515151515151515,
};

static uint8_t stacks[3][PAGE_SIZE] __attribute__((aligned(4096))); /* 0: for traps of the user */
static struct trap_context context;
static struct raw_trap *seen;
static unsigned long stack_began;
static struct iret_context *enter_from; /* not a local: those may change before the trap */

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

void raw_seen(const struct raw_stack *stack)
{
	seen->handler_flags = stack->flags;
	for (unsigned int i = 0; i < 4; i++)
		seen->segment[i] = (uint16_t)stack->segment[i];
	memcpy(seen->reg, stack->reg, sizeof(seen->reg));
	/* The entry itself may use these two: the frame has them. */
	seen->reg[1] = stack->frame[0];
	seen->reg[11] = stack->frame[1];
	seen->vector = (unsigned int)stack->vector;
	seen->nr_words = (unsigned int)(stack_began - (unsigned long)stack->frame) / 8;
	memcpy(seen->word, stack->frame, sizeof(seen->word));
	seen->masked = vcpu_info->evtchn_upcall_mask;
	trap_context_restore(&context);
}

void raw_run_frame(const struct iret_context *frame, struct raw_trap *trap)
{
	unsigned long own_top = (unsigned long)stacks[0] + PAGE_SIZE - SLACK;

	enter_from = (struct iret_context *)own_top - 1;
	*enter_from = *frame;
	memset(trap, 0, sizeof(*trap));
	seen = trap;
	stack_began = (frame->cs & 3) == 3 ? own_top : frame->rsp & ~15ul;
	hypercall_stack_switch(FLAT_KERNEL_SS, own_top);
	if (!trap_context_save(&context))
		raw_enter(enter_from);
	vcpu_info->evtchn_upcall_mask = 1;
}

void raw_run(unsigned int who, const void *code, unsigned long flags, struct raw_trap *trap)
{
	struct iret_context frame = {
		.rax = raw_values[0],
		.rcx = raw_values[1],
		.r11 = raw_values[11],
		.rip = (unsigned long)code,
		.cs = who == RAW_KERNEL ? FLAT_KERNEL_CS & ~3 : FLAT_USER_CS,
		.rflags = flags,
		.rsp = raw_stack_top(who),
		.ss = FLAT_USER_SS,
	};

	raw_run_frame(&frame, trap);
}

unsigned int raw_words(const struct raw_want *want, unsigned long *word, unsigned int *at_flags)
{
	bool user = want->who == RAW_USER;
	unsigned int nr = 0;

	word[nr++] = raw_values[1];
	word[nr++] = raw_values[11];
	if (want->error != RAW_NO_ERROR)
		word[nr++] = want->error;
	word[nr++] = want->ip;
	word[nr++] = (user ? FLAT_USER_CS : FLAT_KERNEL_CS & ~3u) | (uint64_t)want->masked << 32;
	*at_flags = nr;
	word[nr++] = want->flags;
	word[nr++] = raw_stack_top(want->who);
	word[nr++] = FLAT_USER_SS;
	return nr;
}
