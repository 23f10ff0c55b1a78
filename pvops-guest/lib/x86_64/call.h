/* SPDX-License-Identifier: MIT */
/*
 * The raw hypercalls of a 64-bit PV guest, and those whose arguments differ
 * from a 32-bit one's. Included by hypercall.h alone, whose contract holds.
 */
#ifndef PVOPS_GUEST_LIB_CALL_H
#define PVOPS_GUEST_LIB_CALL_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>

/* The raw call: number and five arguments as in rax, rdi, rsi, rdx, r10, r8. */
static inline long hypercall5(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4, unsigned long a5)
{
	register unsigned long r10 asm("r10") = a4;
	register unsigned long r8 asm("r8") = a5;
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
		     : "0"(nr)
		     : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall4(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4)
{
	register unsigned long r10 asm("r10") = a4;
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
		     : "0"(nr)
		     : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall3(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3)
{
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3)
		     : "0"(nr)
		     : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall2(unsigned long nr, unsigned long a1, unsigned long a2)
{
	long ret;

	asm volatile("syscall" : "=a"(ret), "+D"(a1), "+S"(a2) : "0"(nr) : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall1(unsigned long nr, unsigned long a1)
{
	long ret;

	asm volatile("syscall" : "=a"(ret), "+D"(a1) : "0"(nr) : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall_set_callbacks(unsigned long event, unsigned long failsafe,
					   unsigned long syscall)
{
	return hypercall3(__HYPERVISOR_set_callbacks, event, failsafe, syscall);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t desc)
{
	return hypercall2(__HYPERVISOR_update_descriptor, maddr, desc);
}

static inline long hypercall_update_va_mapping(unsigned long va, uint64_t pte, unsigned long flags)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, va, pte, flags);
}

/* deadline_ns: absolute system time; 0 stops the timer. */
static inline long hypercall_set_timer_op(uint64_t deadline_ns)
{
	return hypercall1(__HYPERVISOR_set_timer_op, deadline_ns);
}

/* which: SEGBASE_*; base: a linear address, or a selector. */
static inline long hypercall_set_segment_base(unsigned int which, unsigned long base)
{
	return hypercall2(__HYPERVISOR_set_segment_base, which, base);
}

/* The same as a multicall's entry. */
static inline struct multicall_entry pv_update_descriptor_call(uint64_t maddr, uint64_t desc)
{
	return (struct multicall_entry){.op = __HYPERVISOR_update_descriptor,
					.args = {maddr, desc}};
}

/* What a callback's registration says of its entry. */
static inline xen_callback_t pv_callback(const char *entry)
{
	return (unsigned long)entry;
}

#endif
