/* SPDX-License-Identifier: MIT */
/*
 * platform_op: what the machine's owner asks of firmware and hardware. ABI 6.1.
 * Everyone else gets -EPERM, a wrong interface version -EACCES. Linux goes on
 * without whatever isn't served.
 */
#include "hypercall/hypercall.h"
#include "x86/cpu.h"

#include <xen/platform.h>

#define BIOS_KBD_FLAGS 0x417 /* keyboard state, in the BIOS data area */
#define NS_PER_SECOND 1000000000u

/* The time of day at a moment of system time; all domains are told. */
static long set_time(u64 sec, u32 nsec, u64 system_ns)
{
	struct domain *d;

	if (nsec >= NS_PER_SECOND)
		return -EINVAL;
	time_set_wallclock(sec, nsec, system_ns);
	for (unsigned int id = 0; (d = domain_get_next(id)); domain_put(d)) {
		id = d->id + 1;
		if (d->shared)
			domain_write_wallclock(d);
	}
	return 0;
}

/* No disks are listed (-ESRCH ends a list), and this is no EFI machine. */
static long firmware_info(struct xenpf_firmware_info *info)
{
	switch (info->type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
		return -ESRCH;
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (info->index)
			return -ESRCH;
		info->u.kbd_shift_flags = *(const volatile u8 *)directmap_va(BIOS_KBD_FLAGS);
		return 0;
	default:
		return -ENOSYS;
	}
}

/* One CPU runs guests. */
static long get_cpuinfo(struct xenpf_pcpuinfo *info)
{
	info->max_present = 0;
	info->flags = info->xen_cpuid ? XEN_PCPU_FLAGS_INVALID : XEN_PCPU_FLAGS_ONLINE;
	info->apic_id = info->xen_cpuid ? ~0u : cpuid(1, 0).b >> 24;
	info->acpi_id = info->apic_id;
	return 0;
}

/* Off is all that a machine without drivers of ours can be told to be. */
static long enter_acpi_sleep(const struct xenpf_enter_acpi_sleep *op)
{
	if (op->sleep_state != 5)
		return -EOPNOTSUPP;
	domain_shutdown(current_domain(), SHUTDOWN_poweroff);
	return 0;
}

static long serve(struct xen_platform_op *op)
{
	switch (op->cmd) {
	case XENPF_settime32:
		return set_time(op->u.settime32.secs, op->u.settime32.nsecs,
				op->u.settime32.system_time);
	case XENPF_settime64:
		if (op->u.settime64.mbz)
			return -EINVAL;
		return set_time(op->u.settime64.secs, op->u.settime64.nsecs,
				op->u.settime64.system_time);
	case XENPF_firmware_info:
		return firmware_info(&op->u.firmware_info);
	case XENPF_enter_acpi_sleep:
		return enter_acpi_sleep(&op->u.enter_acpi_sleep);
	case XENPF_get_cpuinfo:
		return get_cpuinfo(&op->u.pcpu_info);
	default:
		return -ENOSYS;
	}
}

long hc_platform_op(struct hc_args *a)
{
	struct xen_platform_op op;
	long rc;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&op, a->arg[0]))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	rc = serve(&op);
	return rc ? rc : hc_copy_out(a->arg[0], &op);
}
