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
		if (xen_gate_masks_events(&gates[i]))
			entry->flags |= TRAP_FLAG_MASK;
		entry->cs = FLAT_KERNEL_CS;
		entry->address = xen_gate_address(&gates[i]);
		used++;
	}
	error = XEN_CALL(COUNT_SETUP, hypercall_set_trap_table(table));
	if (error)
		panic("set_trap_table: error %ld", error);
	xen_register_callback(CALLBACKTYPE_event, xen_event_entry);
	xen_register_callback(CALLBACKTYPE_failsafe, xen_failsafe_entry);
	xen_init_syscall();
}

void xen_register_callback(uint16_t type, void (*entry)(void))
{
	struct callback_register callback = {
		.type = type,
		.flags = CALLBACKF_mask_events,
		.address = pv_callback((const char *)entry),
	};
	long error = XEN_CALL(COUNT_SETUP, hypercall_callback_op(CALLBACKOP_register, &callback));

	if (error)
		panic("callback %u: error %ld", type, error);
}

void xen_forget_traps(void)
{
	XEN_CALL(COUNT_SETUP, hypercall_set_trap_table(NULL));
}

void xen_forbid_fpu(void)
{
	XEN_CALL(COUNT_SETUP, hypercall_fpu_taskswitch(1));
}

/*
 * [tour: context-switch 11] What of that it has to ask for: the stack for the
 * next trap, and the tables. The registers are its own affair.
 */
void xen_switch_context(unsigned long stack_top, const struct tables *tables)
{
	struct mmuext_op load[2];
	/* Two calls for the price of one entry into the monitor. */
	struct multicall_entry calls[2] = {
		{
			.op = __HYPERVISOR_stack_switch,
			.args = {FLAT_KERNEL_SS, stack_top},
		},
		{
			.op = __HYPERVISOR_mmuext_op,
			.args = {(unsigned long)load, xen_load_ops(load, tables), 0, DOMID_SELF},
		},
	};
	long error = XEN_CALL(COUNT_SWITCH, hypercall_multicall(calls, 2));

	if (error || calls[0].result || calls[1].result)
		panic("context switch: errors %ld %ld %ld", error, (long)calls[0].result,
		      (long)calls[1].result);
}
