// SPDX-License-Identifier: MIT
/*
 * What the monitor does for a 32-bit guest: ring 1 has its own segments and
 * stack, so its frames look as they do in ring 0, and entry.S serves both.
 */
#include "xen/guest.h"

/* exit.S has these numbers. */
_Static_assert(offsetof(struct shared_info, vcpu_info) == 0, "vcpu_info[0] comes first");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == 0, "EVENT_PENDING");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_mask) == 1, "EVENT_MASK");
_Static_assert(offsetof(struct regs, saved_mask) == 62, "REGS_SAVED_MASK");

/* From exit.S: events are pending on the way out of trap `regs`; events masked. */
asmlinkage void xen_late_events(struct regs *regs);

unsigned long xen_gate_address(const struct gate *gate)
{
	return gate->address;
}

/*
 * The system call's gate can sit in the real IDT, and the processor take it
 * without the monitor, only if nothing needs masking.
 */
bool xen_gate_masks_events(const struct gate *gate)
{
	return gate->vector != VECTOR_SYSCALL;
}

/* `int $0x80` is a gate like others. */
void xen_init_syscall(void)
{
}

asmlinkage void xen_late_events(struct regs *regs)
{
	xen_irq_handle(VECTOR_EVENT);
	trap_exit_work(regs);
}
