// SPDX-License-Identifier: MIT
/*
 * Traps and stacks as a guest: the monitor has the real tables, and a list of
 * our handlers.
 */
#include "kern/panic.h"
#include "xen/guest.h"

/* trap_info.flags: lowest ring bits, and "mask events on entry". */
#define TRAP_FLAG_MASK 4

/* Exceptions, the system call, and the terminator. */
static struct trap_info table[NR_EXCEPTIONS + 2];

void xen_init_traps(const struct gate *gates, unsigned int nr)
{
	unsigned int used = 0;
	long error;

	xen_init_counters();
	for (unsigned int i = 0; i < nr; i++) {
		struct trap_info *entry = &table[used];

		/* Hardware interrupts are the monitor's. */
		if (gates[i].vector >= NR_EXCEPTIONS && gates[i].vector != VECTOR_SYSCALL)
			continue;
		entry->vector = gates[i].vector;
		entry->flags = gates[i].dpl;
		/*
		 * The system call's gate can sit in the real IDT, and the
		 * processor take it without the monitor, only if nothing
		 * needs masking.
		 */
		if (gates[i].vector != VECTOR_SYSCALL)
			entry->flags |= TRAP_FLAG_MASK;
		entry->cs = FLAT_RING1_CS;
		entry->address = gates[i].address;
		used++;
	}
	error = XEN_CALL(COUNT_SETUP, hypercall_set_trap_table(table));
	if (error)
		panic("set_trap_table: error %ld", error);
	error = XEN_CALL(COUNT_SETUP,
			 hypercall_set_callbacks(FLAT_RING1_CS, (unsigned long)xen_event_entry,
						 FLAT_RING1_CS, (unsigned long)xen_failsafe_entry));
	if (error)
		panic("set_callbacks: error %ld", error);
}

void xen_forget_traps(void)
{
	XEN_CALL(COUNT_SETUP, hypercall_set_trap_table(NULL));
}

void xen_forbid_fpu(void)
{
	XEN_CALL(COUNT_SETUP, hypercall_fpu_taskswitch(1));
}

void xen_switch_context(unsigned long stack_top, pfn_t root)
{
	struct mmuext_op load = {
		.cmd = MMUEXT_NEW_BASEPTR,
		.arg1.mfn = xen_pfn_to_mfn(root),
	};
	/* Two calls for the price of one entry into the monitor. */
	struct multicall_entry calls[2] = {
		{
			.op = __HYPERVISOR_stack_switch,
			.args = {FLAT_RING1_SS, stack_top},
		},
		{
			.op = __HYPERVISOR_mmuext_op,
			.args = {(unsigned long)&load, 1, 0, DOMID_SELF},
		},
	};
	long error = XEN_CALL(COUNT_SWITCH, hypercall_multicall(calls, 2));

	if (error || calls[0].result || calls[1].result)
		panic("context switch: errors %ld %ld %ld", error, (long)calls[0].result,
		      (long)calls[1].result);
}
