// SPDX-License-Identifier: MIT
/*
 * The guest of the walks (make step): does, over and over, one of each thing
 * that a walk looks at. Its functions are named so that a debugger's symbols
 * tell what is going on. Boot it twice, for the domain switch.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/user.h"

#include <xen/callback.h>
#include <xen/version.h>

#define ROUND_NS 20000000ull
#define STUB_BYTES 16
/* A function by its own name, wherever it is called. */
#define STEP_HERE static __attribute__((noipa))
#define SYSENTER_VECTOR 0x90 /* a stub of a vector that nothing else uses */

extern const uint8_t trap_stubs[];
extern char walk_user_code[];
void walk_cli(void), walk_user(void);

asm(".globl walk_cli, walk_user, walk_user_fault, walk_user_sysenter\n"
    "walk_cli:\n\t"
    "cli\n\t"
    "sti\n\t"
    "ret\n"
    ".balign 4096\n"
    "walk_user_code:\n"
    "walk_user:\n\t"
    "movl $20, %eax\n\t"
    "int $0x80\n"
    "walk_user_fault:\n\t"
    "movl $1, walk_lazy_page\n"
    "walk_user_sysenter:\n\t"
    "movl $20, %eax\n\t"
    "sysenter\n\t"
    ".balign 4096\n");

/* Not there until the user touches it; taken away again each round. */
uint8_t walk_lazy_page[PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned long lazy_mfn;
static bool fired;
static evtchn_port_t timer_port;

static uint8_t user_stack[PAGE_SIZE] __attribute__((aligned(4096)));

/* The guest's system call: getpid, as it were. */
STEP_HERE bool walk_system_call(struct guest_trap_frame *frame)
{
	frame->eax = 1;
	return frame->vector == VECTOR_SYSCALL;
}

/* Demand paging: the page that is missing appears, and the user tries again. */
STEP_HERE bool walk_page_fault_handler(struct guest_trap_frame *frame)
{
	(void)frame;
	return mm_map((unsigned long)walk_lazy_page, lazy_mfn, PTE_RW | PTE_US) == 0;
}

/* A hypercall that does nothing but answer. */
STEP_HERE void walk_hypercall(void)
{
	hypercall_xen_version(XENVER_version, NULL);
}

/* A plain store to a page table, which is mapped read-only: to an entry of ours. */
STEP_HERE void walk_ptwrite(volatile uint64_t *entry)
{
	*(volatile uint32_t *)entry = (uint32_t)*entry ^ PTE_A;
}

/* Wait, so that it comes in the middle of something. */
STEP_HERE void walk_wait_for_event(void)
{
	fired = false;
	timer_set(system_time_ns() + ROUND_NS / 10);
	upcalls_enable();
	while (!READ_ONCE(fired))
		;
	upcalls_disable();
}

STEP_HERE void walk_timer_event(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	fired = true;
}

static void run_user(void (*code)(void))
{
	struct trap_result r;

	/* SYSENTER ends it, whether it is a system call or an exception. */
	user_run(code, (unsigned long)user_stack + sizeof(user_stack), &r);
}

static volatile uint64_t *entry_of(unsigned long va)
{
	uint64_t maddr = mm_entry_maddr(va, 1);
	unsigned long table = mm_pfn_to_virt(mm_mfn_to_pfn((unsigned long)(maddr >> PAGE_SHIFT)));

	return (volatile uint64_t *)(table + (unsigned long)(maddr & (PAGE_SIZE - 1)));
}

static void prepare(void)
{
	struct callback_register sysenter = {
		.type = CALLBACKTYPE_sysenter,
		.address = {.cs = FLAT_KERNEL_CS,
			    .eip = (unsigned long)trap_stubs + SYSENTER_VECTOR * STUB_BYTES},
	};

	lazy_mfn = mm_virt_to_mfn((unsigned long)walk_lazy_page);
	user_allow((unsigned long)user_stack);
	user_allow((unsigned long)walk_user_code);
	user_allow((unsigned long)walk_lazy_page);
	trap_set_handler(VECTOR_SYSCALL, walk_system_call);
	trap_set_handler(SYSENTER_VECTOR, walk_system_call);
	trap_set_handler(VECTOR_PF, walk_page_fault_handler);
	trap_set_gate(VECTOR_SYSCALL, 3, false);
	hypercall_callback_op(CALLBACKOP_register, &sysenter);
	hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	timer_port = (evtchn_port_t)event_bind_virq(VIRQ_TIMER);
	event_set_handler(timer_port, walk_timer_event, NULL);
}

void guest_main(struct start_info *si)
{
	volatile uint64_t *entry;

	guest_init(si);
	prepare();
	entry = entry_of((unsigned long)mm_page_alloc());
	debug_printf("walker: walking\n");
	for (;;) {
		walk_cli();
		walk_hypercall();
		walk_ptwrite(entry);
		walk_ptwrite(entry);
		mm_unmap((unsigned long)walk_lazy_page);
		run_user(walk_user);
		walk_wait_for_event();
		timer_set(system_time_ns() + ROUND_NS);
		event_wait();
	}
}
