// SPDX-License-Identifier: MIT
/*
 * Claim: an unprivileged domain gets -EPERM from the initial domain's calls,
 * and -ENOSYS from numbers that nobody serves.
 * See: ABI 2.4
 */

#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

void test_main(void)
{
	static struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_getdomaininfolist,
					   .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	static struct xen_domctl domctl = {.cmd = XEN_DOMCTL_destroydomain,
					   .interface_version = XEN_DOMCTL_INTERFACE_VERSION};

	TEST_EQUAL("sysctl", hypercall_sysctl(&sysctl), -XEN_EPERM);
	TEST_EQUAL("domctl", hypercall_domctl(&domctl), -XEN_EPERM);
	TEST_EQUAL("bad sysctl pointer", hypercall_sysctl((void *)0xff000000), -XEN_EPERM);
	TEST_EQUAL("hypercall 63", hypercall1(63, 0), -XEN_ENOSYS);
	TEST_EQUAL("hypercall 64", hypercall1(64, 0), -XEN_ENOSYS);
	TEST_EQUAL("hypercall 2^31", hypercall1(0x80000000u, 0), -XEN_ENOSYS);
	TEST_EQUAL("hypercall 2^32-1", hypercall1(0xffffffffu, 0), -XEN_ENOSYS);
	TEST_CHECK(hypercall_xen_version(XENVER_version, NULL) > 0, "no version");
	TEST_EQUAL("write to the monitor by xen_version",
		   hypercall_xen_version(XENVER_extraversion, (void *)0xff000000), -XEN_EFAULT);
}
