/* SPDX-License-Identifier: MIT */
/*
 * The raw hypercalls of a 32-bit PV guest, and those whose arguments differ
 * from a 64-bit one's. Included by hypercall.h alone, whose contract holds.
 */
#ifndef PVOPS_GUEST_LIB_CALL_H
#define PVOPS_GUEST_LIB_CALL_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>

/*
 * The raw call: number and five arguments as in eax, ebx … edi.
 *
 * [tour: hypercall 1] A hypercall as the guest sees it: a number, up to six
 * arguments, all in registers, and one instruction. Nothing is pushed, so it
 * works without a valid stack.
 */
static inline long hypercall5(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4, unsigned long a5)
{
	long ret;

	asm volatile("int $0x82"
		     : "=a"(ret), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
		     : "0"(nr)
		     : "memory");
	return ret;
}

static inline long hypercall4(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4)
{
	long ret;

	asm volatile("int $0x82"
		     : "=a"(ret), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4)
		     : "0"(nr)
		     : "memory");
	return ret;
}

static inline long hypercall3(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3)
{
	long ret;

	asm volatile("int $0x82" : "=a"(ret), "+b"(a1), "+c"(a2), "+d"(a3) : "0"(nr) : "memory");
	return ret;
}

static inline long hypercall2(unsigned long nr, unsigned long a1, unsigned long a2)
{
	long ret;

	asm volatile("int $0x82" : "=a"(ret), "+b"(a1), "+c"(a2) : "0"(nr) : "memory");
	return ret;
}

static inline long hypercall1(unsigned long nr, unsigned long a1)
{
	long ret;

	asm volatile("int $0x82" : "=a"(ret), "+b"(a1) : "0"(nr) : "memory");
	return ret;
}

static inline long hypercall_set_callbacks(unsigned long event_cs, unsigned long event_eip,
					   unsigned long failsafe_cs, unsigned long failsafe_eip)
{
	return hypercall4(__HYPERVISOR_set_callbacks, event_cs, event_eip, failsafe_cs,
			  failsafe_eip);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t desc)
{
	return hypercall4(__HYPERVISOR_update_descriptor, (uint32_t)maddr, maddr >> 32,
			  (uint32_t)desc, desc >> 32);
}

static inline long hypercall_update_va_mapping(unsigned long va, uint64_t pte, unsigned long flags)
{
	return hypercall4(__HYPERVISOR_update_va_mapping, va, (uint32_t)pte, pte >> 32, flags);
}

/* deadline_ns: absolute system time; 0 stops the timer. */
static inline long hypercall_set_timer_op(uint64_t deadline_ns)
{
	return hypercall2(__HYPERVISOR_set_timer_op, (uint32_t)deadline_ns, deadline_ns >> 32);
}

/* The same as a multicall's entry. */
static inline struct multicall_entry pv_update_descriptor_call(uint64_t maddr, uint64_t desc)
{
	return (struct multicall_entry){.op = __HYPERVISOR_update_descriptor,
					.args = {(uint32_t)maddr, maddr >> 32, (uint32_t)desc,
						 desc >> 32}};
}

/* What a callback's registration says of its entry. */
static inline xen_callback_t pv_callback(const char *entry)
{
	return (xen_callback_t){.cs = FLAT_KERNEL_CS, .eip = (unsigned long)entry};
}

#endif
