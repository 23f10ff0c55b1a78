// SPDX-License-Identifier: MIT
/*
 * Claim: platform_op answers what Linux asks as initial domain: firmware, CPUs,
 * the time of day; and its way to switch the machine off works.
 * See: ABI 6.1
 */

#include "pvops-guest/lib/test.h"
#include <xen/errno.h>
#include <xen/platform.h>

static struct xen_platform_op op;

static long call(uint32_t cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_platform_op, (unsigned long)&op);
}

static long firmware(uint32_t type)
{
	memset(&op, 0, sizeof(op));
	op.u.firmware_info.type = type;
	return call(XENPF_firmware_info);
}

static void check_time(void)
{
	uint64_t now_ns = system_time_ns();

	memset(&op, 0, sizeof(op));
	op.u.settime64.secs = 2000000000;
	op.u.settime64.nsecs = 5;
	op.u.settime64.system_time = now_ns;
	TEST_EQUAL("settime64", call(XENPF_settime64), 0);
	now_ns = 2000000000ull * 1000000000 + 5 - now_ns;
	TEST_CHECK(shared_info->wc_sec * 1000000000ull + shared_info->wc_nsec == now_ns,
		   "the clock says %u.%09u", shared_info->wc_sec, shared_info->wc_nsec);
	TEST_CHECK(!(shared_info->wc_version & 1), "its version is odd");
	op.u.settime64.nsecs = 1000000000;
	TEST_EQUAL("a second too many", call(XENPF_settime64), -XEN_EINVAL);
}

void test_main(void)
{
	TEST_EQUAL("keyboard", firmware(XEN_FW_KBD_SHIFT_FLAGS), 0);
	TEST_EQUAL("disks", firmware(XEN_FW_DISK_INFO), -XEN_ESRCH);
	TEST_EQUAL("signatures", firmware(XEN_FW_DISK_MBR_SIGNATURE), -XEN_ESRCH);
	TEST_EQUAL("EFI", firmware(XEN_FW_EFI_INFO), -XEN_ENOSYS);
	op.u.pcpu_info.xen_cpuid = 0;
	TEST_EQUAL("CPU 0", call(XENPF_get_cpuinfo), 0);
	TEST_EQUAL("flags", op.u.pcpu_info.flags, XEN_PCPU_FLAGS_ONLINE);
	TEST_EQUAL("present", op.u.pcpu_info.max_present, 0);
	op.u.pcpu_info.xen_cpuid = 1;
	TEST_EQUAL("CPU 1", call(XENPF_get_cpuinfo), 0);
	TEST_EQUAL("flags", op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID);
	check_time();
	TEST_EQUAL("microcode", call(XENPF_microcode_update), -XEN_ENOSYS);
	op.cmd = XENPF_get_cpuinfo;
	op.interface_version = XENPF_INTERFACE_VERSION + 1;
	TEST_EQUAL("version", hypercall1(__HYPERVISOR_platform_op, (unsigned long)&op),
		   -XEN_EACCES);
	memset(&op, 0, sizeof(op));
	op.u.enter_acpi_sleep.sleep_state = 3;
	TEST_EQUAL("sleep", call(XENPF_enter_acpi_sleep), -XEN_EOPNOTSUPP);
}
