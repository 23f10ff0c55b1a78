// SPDX-License-Identifier: MIT
/*
 * What the monitor does for a 32-bit guest: ring 1 has its own segments and
 * stack, so its frames look as they do in ring 0, and entry.S serves both.
 */
#include "kern/panic.h"
#include "kern/ptable.h"
#include "xen/guest.h"

/* exit.S has these numbers. */
_Static_assert(offsetof(struct shared_info, vcpu_info) == 0, "vcpu_info[0] comes first");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_pending) == 0, "EVENT_PENDING");
_Static_assert(offsetof(struct vcpu_info, evtchn_upcall_mask) == 1, "EVENT_MASK");
_Static_assert(offsetof(struct regs, saved_mask) == 62, "REGS_SAVED_MASK");

/*
 * Segments of our own: one, the thread's. The rest of the table is the monitor's.
 * A page of it to itself, since nobody may write there once it is in use.
 */
#define NR_DESCRIPTORS	  8
#define THREAD_DESCRIPTOR 6 /* THREAD_SELECTOR of user_call.h */
#define DESCRIPTOR_THREAD 0x00c3f2000000ffffull /* data of ring 3, 1 GB; base to be added */

static uint64_t gdt[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

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

/* `int $0x80` is a gate like others; but ring 3 needs a segment that isn't flat. */
void xen_init_syscall(void)
{
	xen_pfn_t frame = xen_pfn_to_mfn(va_to_pfn(gdt));
	long error;

	xen_set_va((unsigned long)gdt, pte_make(va_to_pfn(gdt), PTE_KERNEL_RO));
	error = XEN_CALL(COUNT_SETUP, hypercall_set_gdt(&frame, NR_DESCRIPTORS));
	if (error)
		panic("set_gdt: error %ld", error);
}

void xen_set_thread_base(unsigned long base)
{
	uint64_t where = ((uint64_t)xen_pfn_to_mfn(va_to_pfn(gdt)) << PAGE_SHIFT) +
			 THREAD_DESCRIPTOR * sizeof(gdt[0]);
	uint64_t descriptor = DESCRIPTOR_THREAD | (uint64_t)(base & 0xffffff) << 16 |
			      (uint64_t)(base >> 24) << 56;
	long error = XEN_CALL(COUNT_THREAD_BASE, hypercall_update_descriptor(where, descriptor));

	if (error)
		panic("update_descriptor for %lx: error %ld", base, error);
}

asmlinkage void xen_late_events(struct regs *regs)
{
	xen_irq_handle(VECTOR_EVENT);
	trap_exit_work(regs);
}
