/* SPDX-License-Identifier: MIT */
/* Where the ABI's argument and struct shapes differ between the widths. ABI 1.7. */
#ifndef X86_64_ABI_H
#define X86_64_ABI_H

#include "lib/types.h"

#include <xen/callback.h>

#define FLAT_CODE_SELECTOR 0xe033

#define hc_uvm_val(a) ((u64)(a)->arg[1])
#define hc_uvm_flags(a) ((a)->arg[2])
#define hc_update_descriptor_maddr(a) ((u64)(a)->arg[0])
#define hc_update_descriptor_desc(a) ((u64)(a)->arg[1])
#define hc_timer_ns(a) ((u64)(a)->arg[0])

static inline u16 hc_callback_cs(const struct callback_register *r)
{
	(void)r;
	return FLAT_CODE_SELECTOR;
}

static inline unsigned long hc_callback_ip(const struct callback_register *r)
{
	return r->address;
}

/* set_callbacks: event, failsafe, syscall */
#define hc_set_callbacks_event(a, cs, ip) ((cs) = FLAT_CODE_SELECTOR, (ip) = (a)->arg[0])
#define hc_set_callbacks_failsafe(a, cs, ip) ((cs) = FLAT_CODE_SELECTOR, (ip) = (a)->arg[1])

#define hc_set_callbacks_syscall(a, cs, ip) \
	((cs) = FLAT_CODE_SELECTOR, (ip) = (a)->arg[2], true)

/* CPUID 0x80000001 EDX: nothing more is hidden than from all. */
#define ABI_CPUID81_EDX_HIDDEN 0u
/* LMA, LME, SCE; NX is added where the CPU has it. */
#define ABI_EFER 0x501ULL

#define abi_wc_sec_hi(shared) ((shared)->wc_sec_hi)

#define ABI_CAPABILITIES "xen-3.0-x86_64"
#define ABI_NAME "x86_64"
#define ABI_START_INFO_MAGIC "xen-3.0-x86_64"
#define ABI_INITIAL_MAGIC "xen-3.0-x86_64p"

#endif
