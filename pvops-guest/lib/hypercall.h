/* SPDX-License-Identifier: MIT */
/*
 * The hypercalls of a 32-bit PV guest, one inline function each.
 * Called by everything that runs as a guest; includes only public ABI headers.
 *
 * All of them: called in ring 1, never block unless said, preserve every
 * register but eax (arguments are marked as written, because a preempted call
 * may leave its continuation in them), return 0 or a positive result, or a
 * negative error number of <xen/errno.h>. An event that is pending and
 * unmasked is delivered before they return.
 */
#ifndef PVOPS_GUEST_LIB_HYPERCALL_H
#define PVOPS_GUEST_LIB_HYPERCALL_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/domctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

/* The raw call: number and five arguments as in eax, ebx … edi. */
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

/* Traps and descriptors. */

static inline long hypercall_set_trap_table(const struct trap_info *table)
{
	return hypercall1(__HYPERVISOR_set_trap_table, (unsigned long)table);
}

static inline long hypercall_set_gdt(const xen_pfn_t *frames, unsigned int nr_entries)
{
	return hypercall2(__HYPERVISOR_set_gdt, (unsigned long)frames, nr_entries);
}

static inline long hypercall_stack_switch(unsigned long ss, unsigned long esp)
{
	return hypercall2(__HYPERVISOR_stack_switch, ss, esp);
}

static inline long hypercall_set_callbacks(unsigned long event_cs, unsigned long event_eip,
					   unsigned long failsafe_cs, unsigned long failsafe_eip)
{
	return hypercall4(__HYPERVISOR_set_callbacks, event_cs, event_eip, failsafe_cs,
			  failsafe_eip);
}

static inline long hypercall_callback_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_callback_op, cmd, (unsigned long)arg);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t desc)
{
	return hypercall4(__HYPERVISOR_update_descriptor, (uint32_t)maddr, maddr >> 32,
			  (uint32_t)desc, desc >> 32);
}

static inline long hypercall_fpu_taskswitch(int set)
{
	return hypercall1(__HYPERVISOR_fpu_taskswitch, set);
}

static inline long hypercall_set_debugreg(unsigned int reg, unsigned long value)
{
	return hypercall2(__HYPERVISOR_set_debugreg, reg, value);
}

static inline unsigned long hypercall_get_debugreg(unsigned int reg)
{
	return hypercall1(__HYPERVISOR_get_debugreg, reg);
}

static inline long hypercall_vm_assist(unsigned int cmd, unsigned int type)
{
	return hypercall2(__HYPERVISOR_vm_assist, cmd, type);
}

/* HYPERVISOR_iret takes its arguments on the stack: see entry32.S. */

/* Memory. */

static inline long hypercall_mmu_update(const struct mmu_update *req, unsigned int count,
					unsigned int *done, domid_t domid)
{
	return hypercall4(__HYPERVISOR_mmu_update, (unsigned long)req, count, (unsigned long)done,
			  domid);
}

static inline long hypercall_mmuext_op(const struct mmuext_op *op, unsigned int count,
				       unsigned int *done, domid_t domid)
{
	return hypercall4(__HYPERVISOR_mmuext_op, (unsigned long)op, count, (unsigned long)done,
			  domid);
}

static inline long hypercall_update_va_mapping(unsigned long va, uint64_t pte, unsigned long flags)
{
	return hypercall4(__HYPERVISOR_update_va_mapping, va, (uint32_t)pte, pte >> 32, flags);
}

static inline long hypercall_memory_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, cmd, (unsigned long)arg);
}

static inline long hypercall_grant_table_op(unsigned int cmd, void *ops, unsigned int count)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, (unsigned long)ops, count);
}

static inline long hypercall_multicall(struct multicall_entry *calls, unsigned int count)
{
	return hypercall2(__HYPERVISOR_multicall, (unsigned long)calls, count);
}

/* Events, scheduling, time. SCHEDOP_block and SCHEDOP_poll sleep. */

static inline long hypercall_event_channel_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_event_channel_op, cmd, (unsigned long)arg);
}

static inline long hypercall_sched_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_sched_op, cmd, (unsigned long)arg);
}

static inline long hypercall_vcpu_op(unsigned int cmd, unsigned int vcpu, void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, cmd, vcpu, (unsigned long)arg);
}

/* deadline_ns: absolute system time; 0 stops the timer. */
static inline long hypercall_set_timer_op(uint64_t deadline_ns)
{
	return hypercall2(__HYPERVISOR_set_timer_op, (uint32_t)deadline_ns, deadline_ns >> 32);
}

/* The rest. */

static inline long hypercall_xen_version(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_xen_version, cmd, (unsigned long)arg);
}

/* CONSOLEIO_read returns the number of bytes read. */
static inline long hypercall_console_io(unsigned int cmd, unsigned int len_bytes, char *buf)
{
	return hypercall3(__HYPERVISOR_console_io, cmd, len_bytes, (unsigned long)buf);
}

static inline long hypercall_physdev_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_physdev_op, cmd, (unsigned long)arg);
}

/* For the initial domain. The caller fills cmd and interface_version. */
static inline long hypercall_sysctl(struct xen_sysctl *op)
{
	return hypercall1(__HYPERVISOR_sysctl, (unsigned long)op);
}

static inline long hypercall_domctl(struct xen_domctl *op)
{
	return hypercall1(__HYPERVISOR_domctl, (unsigned long)op);
}

#endif
