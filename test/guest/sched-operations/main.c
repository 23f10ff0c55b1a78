// SPDX-License-Identifier: MIT
/*
 * Claim: sched_op refuses what an ordinary domain may not do or nobody can:
 * other domains, other CPUs, unknown reasons and operations, bad pointers; and
 * weights are the initial domain's affair.
 * See: ABI 2.3, 2.4, 5.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define MONITOR 0xfc000000u

static void check_pointers(void)
{
	static const unsigned int ops[] = {SCHEDOP_shutdown, SCHEDOP_poll, SCHEDOP_shutdown_code};

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		TEST_EQUAL("null pointer", hypercall_sched_op(ops[i], NULL), -XEN_EFAULT);
		TEST_EQUAL("monitor's memory", hypercall_sched_op(ops[i], (void *)MONITOR),
			   -XEN_EFAULT);
		TEST_EQUAL("across the border",
			   hypercall_sched_op(ops[i], (void *)(HYPERVISOR_VIRT_START - 2)),
			   -XEN_EFAULT);
	}
}

static void check_reasons(void)
{
	static const unsigned int bad[] = {SHUTDOWN_MAX + 1, 0xff, 0x100, 0x80000000u, ~0u};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sched_shutdown op = {.reason = bad[i]};

		TEST_EQUAL("shutdown", hypercall_sched_op(SCHEDOP_shutdown, &op), -XEN_EINVAL);
		TEST_EQUAL("shutdown_code", hypercall_sched_op(SCHEDOP_shutdown_code, &op),
			   -XEN_EINVAL);
	}
}

static void check_others(void)
{
	for (unsigned int dom = 0; dom < 10; dom++) {
		struct sched_remote_shutdown op = {.domain_id = dom, .reason = SHUTDOWN_crash};

		TEST_EQUAL("remote_shutdown", hypercall_sched_op(SCHEDOP_remote_shutdown, &op),
			   -XEN_EPERM);
	}
}

static void check_control(void)
{
	struct xen_domctl domctl = {.cmd = XEN_DOMCTL_scheduler_op,
				    .interface_version = XEN_DOMCTL_INTERFACE_VERSION};
	struct xen_sysctl sysctl = {.cmd = XEN_SYSCTL_sched_id,
				    .interface_version = XEN_SYSCTL_INTERFACE_VERSION};

	domctl.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	domctl.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	domctl.u.scheduler_op.u.credit2.weight = 65535;
	for (unsigned int dom = 0; dom < 10; dom++) {
		domctl.domain = dom;
		TEST_EQUAL("weight of a domain", hypercall_domctl(&domctl), -XEN_EPERM);
	}
	TEST_EQUAL("the scheduler", hypercall_sysctl(&sysctl), -XEN_EPERM);
}

void test_main(void)
{
	static const unsigned int absent[] = {SCHEDOP_watchdog, 8, 99, 0x80000000u, ~0u};
	struct sched_shutdown code = {.reason = SHUTDOWN_poweroff};
	struct sched_pin_override pin = {.pcpu = 0};
	void *page = mm_page_alloc();

	check_pointers();
	check_reasons();
	check_others();
	check_control();
	TEST_EQUAL("yield", hypercall_sched_op(SCHEDOP_yield, (void *)MONITOR), 0);
	TEST_EQUAL("pin_override", hypercall_sched_op(SCHEDOP_pin_override, &pin), -XEN_EPERM);
	TEST_EQUAL("shutdown_code", hypercall_sched_op(SCHEDOP_shutdown_code, &code), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		TEST_EQUAL("what isn't there", hypercall_sched_op(absent[i], page), -XEN_ENOSYS);
}
