// SPDX-License-Identifier: MIT
/*
 * What the monitor does for a 64-bit guest: kernel and processes both run in
 * ring 3, so every way in and out leads through the monitor. Its frames begin
 * with rcx and r11; entry.S has stubs that take them off.
 */
#include "kern/panic.h"
#include "xen/guest.h"

/* entry.S: one stub for each line of the gate table, in its order. */
extern const char xen_stubs[];
#define STUB_BYTES 16

unsigned long xen_gate_address(const struct gate *gate)
{
	return (unsigned long)xen_stubs + (gate - trap_gates) * STUB_BYTES;
}

/* The monitor takes every trap first, so masking costs nothing. */
bool xen_gate_masks_events(const struct gate *gate)
{
	(void)gate;
	return true;
}

void xen_init_syscall(void)
{
	xen_register_callback(CALLBACKTYPE_syscall, xen_syscall_entry);
}

void xen_set_thread_base(unsigned long base)
{
	long error = XEN_CALL(COUNT_THREAD_BASE, hypercall_set_segment_base(SEGBASE_FS, base));

	if (error)
		panic("set_segment_base %lx: error %ld", base, error);
}
