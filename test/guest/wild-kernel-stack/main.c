// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that gives a wild stack for traps from ring 3 is killed when
 * it needs it, by exception, direct gate or event alike; nothing else happens.
 * See: ABI 2.1, 4.1, 4.2
 *
 * The command line's number says which of the stacks and ways.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/user.h"

extern char user_code[];
void user_int3(void), user_int80(void), user_loop(void);

asm(".balign 4096\n"
    "user_code:\n"
    "user_int3: int3; ud2\n"
    "user_int80: int $0x80; ud2\n"
    "user_loop: jmp user_loop\n"
    ".balign 4096\n");

static uint32_t wild_ss = FLAT_KERNEL_SS, wild_sp;
static unsigned int which;
static uint8_t good_stack[1024] __attribute__((aligned(16)));

static void on_timer(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
}

/* Set after user_run() has set a good one: by the first trap. */
static bool on_breakpoint(struct guest_trap_frame *frame)
{
	static void (*const ways[])(void) = {user_int3, user_int80, user_loop};

	TEST_EQUAL("stack_switch", hypercall_stack_switch(wild_ss, wild_sp), 0);
	frame->ip = (unsigned long)ways[which % 3];
	if (which % 3 == 2)
		timer_set(system_time_ns() + 1000000);
	return true;
}

static void choose(unsigned int stack)
{
	switch (stack) {
	case 0:
		wild_sp = 0;
		break;
	case 1:
		wild_sp = 4;
		break;
	case 2:
		wild_sp = 0xf5800800; /* the read-only table */
		break;
	case 3:
		wild_sp = 0xf6800004;
		break;
	case 4:
		wild_sp = 0xfc100800; /* the monitor's text */
		break;
	case 5:
		wild_sp = 0xffffffff;
		break;
	case 6:
		wild_sp = start_info->pt_base + 0x800; /* read-only: our root table */
		break;
	case 7:
		wild_sp = 0x40000000; /* nowhere */
		break;
	case 8:
		wild_ss = 0xe011; /* the monitor's */
		wild_sp = (unsigned long)good_stack + sizeof(good_stack);
		break;
	default:
		wild_ss = 0; /* null */
	}
}

static unsigned int number(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n = *text >= '0' && *text <= '9' ? n * 10 + (unsigned int)(*text - '0') : 0;
	return n;
}

void test_main(void)
{
	static uint8_t stack[PAGE_SIZE] __attribute__((aligned(4096)));
	struct trap_result r;
	int port = event_bind_virq(VIRQ_TIMER);

	which = number((const char *)start_info->cmd_line);
	debug_printf("stack %u, way %u\n", which / 3, which % 3);
	event_set_handler(port, on_timer, NULL);
	choose(which / 3);
	user_allow((unsigned long)stack);
	user_allow((unsigned long)user_code);
	trap_set_handler(VECTOR_BP, on_breakpoint);
	user_run(user_int3, (unsigned long)stack + sizeof(stack), &r);
	test_failure("still alive after trap %u", r.vector);
}
