/* SPDX-License-Identifier: MIT */
/*
 * Where the ABI's argument and struct shapes differ between the widths.
 * ABI 1.7, 2.2: 64-bit values come in two registers here.
 */
#ifndef X86_32_ABI_H
#define X86_32_ABI_H

#include "lib/types.h"

#include <xen/callback.h>

/* A 64-bit value in two argument words, low one first. */
static inline u64 abi_pair(const unsigned long *arg)
{
	return arg[0] | (u64)arg[1] << 32;
}

#define hc_uvm_val(a) abi_pair(&(a)->arg[1])
#define hc_uvm_flags(a) ((a)->arg[3])
#define hc_update_descriptor_maddr(a) abi_pair(&(a)->arg[0])
#define hc_update_descriptor_desc(a) abi_pair(&(a)->arg[2])
#define hc_timer_ns(a) abi_pair(&(a)->arg[0])

static inline u16 hc_callback_cs(const struct callback_register *r)
{
	return (u16)r->address.cs;
}

static inline unsigned long hc_callback_ip(const struct callback_register *r)
{
	return r->address.eip;
}

/* set_callbacks: cs, ip, cs, ip */
#define hc_set_callbacks_event(a, cs, ip) ((cs) = (u16)(a)->arg[0], (ip) = (a)->arg[1])
#define hc_set_callbacks_failsafe(a, cs, ip) ((cs) = (u16)(a)->arg[2], (ip) = (a)->arg[3])

/* Only 64-bit guests name a system call handler here. */
#define hc_set_callbacks_syscall(a, cs, ip) false

/* There is no room for it in the common part of shared_info here. */
#define abi_wc_sec_hi(shared) ((shared)->arch.wc_sec_hi)

/* CPUID 0x80000001 EDX: NX, long mode and its SYSCALL are not for these guests. */
#define ABI_CPUID81_EDX_HIDDEN (1u << 20 | 1u << 29 | 1u << 11)
#define ABI_EFER 0ULL

#define ABI_CAPABILITIES "xen-3.0-x86_32p"
#define ABI_NAME "x86_32"
#define ABI_START_INFO_MAGIC "xen-3.0-x86_32p"
#define ABI_INITIAL_MAGIC "xen-3.0-x86_32p"

#endif
