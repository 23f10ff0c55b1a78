/* SPDX-License-Identifier: MIT */
/*
 * The hypercalls of a PV guest, one inline function each. Called by everything
 * that runs as a guest; includes only public ABI headers and the width's call.h,
 * which has the raw calls and those whose registers differ.
 *
 * All of them: called in the guest's kernel, never block unless said, preserve
 * every register but the result's and, in 64 bits, rcx and r11 (arguments are
 * marked as written, because a preempted call may leave its continuation in
 * them), return 0 or a positive result, or a negative error number of
 * <xen/errno.h>. An event that is pending and unmasked is delivered before they
 * return.
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
#include "call.h"

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

static inline long hypercall_callback_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_callback_op, cmd, (unsigned long)arg);
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

/* HYPERVISOR_iret takes its arguments on the stack: see the width's entry.S. */

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
