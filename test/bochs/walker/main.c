// SPDX-License-Identifier: MIT
/*
 * The guest of the walks (make step): does, over and over, one of each thing
 * that a walk looks at. Its functions are named so that a debugger's symbols
 * tell what is going on. Boot it twice, for the domain switch.
 */

#include "test/bochs/walker/walker.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/user.h"

#include <xen/vcpu.h>
#include <xen/version.h>

#define ROUND_NS 20000000ull
/* A function by its own name, wherever it is called. */
#define STEP_HERE static __attribute__((noipa))

void walk_cli(void);

asm(".globl walk_cli\n"
    "walk_cli:\n\t"
    "cli\n\t"
    "sti\n\t"
    "ret\n");

uint8_t walk_lazy_page[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t user_stack[PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned long lazy_mfn;
static bool fired;

/* The guest's system call: getpid, as it were. */
STEP_HERE bool walk_system_call(struct guest_trap_frame *frame)
{
	frame->ax = 1;
	return frame->vector != walk_last_vector;
}

/* Demand paging: the page that is missing appears, and the user tries again. */
STEP_HERE bool walk_page_fault_handler(struct guest_trap_frame *frame)
{
	(void)frame;
	return walk_map_lazy_page(lazy_mfn, true);
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

/* In the middle of something an event comes. */
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

static void run_user(void)
{
	struct trap_result r;

	user_run(walk_user, (unsigned long)user_stack + sizeof(user_stack), &r);
}

static volatile uint64_t *entry_of(unsigned long va)
{
	uint64_t maddr = mm_entry_maddr(va, 1);
	unsigned long table = mm_pfn_to_virt(mm_mfn_to_pfn((unsigned long)(maddr >> PAGE_SHIFT)));

	return (volatile uint64_t *)(table + (unsigned long)(maddr & (PAGE_SIZE - 1)));
}

static void prepare(void)
{
	lazy_mfn = mm_virt_to_mfn((unsigned long)walk_lazy_page);
	user_allow((unsigned long)user_stack);
	user_allow((unsigned long)walk_user_code);
	user_allow((unsigned long)walk_lazy_page);
	trap_set_handler(VECTOR_SYSCALL, walk_system_call);
	trap_set_handler(CALL_VECTOR, walk_system_call);
	trap_set_handler(VECTOR_PF, walk_page_fault_handler);
	trap_set_gate(VECTOR_SYSCALL, 3, false);
	walk_register_call();
	hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	event_set_handler((evtchn_port_t)event_bind_virq(VIRQ_TIMER), walk_timer_event, NULL);
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
		walk_map_lazy_page(0, false);
		run_user();
		walk_wait_for_event();
		timer_set(system_time_ns() + ROUND_NS);
		event_wait();
	}
}
