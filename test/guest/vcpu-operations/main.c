// SPDX-License-Identifier: MIT
/*
 * Claim: vcpu_op tells a domain of one vcpu the truth about vcpus that are and
 * are not there, and refuses what can't be.
 * See: ABI 2.3, 5.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

static long op(unsigned int cmd, unsigned int vcpu, void *arg)
{
	return hypercall_vcpu_op(cmd, vcpu, arg);
}

static void check_absent(void *page)
{
	static const unsigned int vcpus[] = {1, 2, 31, 32, 8191, 0x7fffffff, 0x80000000u, ~0u};

	for (unsigned int i = 0; i < ARRAY_SIZE(vcpus); i++)
		for (unsigned int cmd = 0; cmd < 16; cmd++)
			if (op(cmd, vcpus[i], page) != -XEN_ENOENT)
				test_failure("operation %u on vcpu %u is %ld", cmd, vcpus[i],
					     op(cmd, vcpus[i], page));
}

static void check_timers(void)
{
	struct vcpu_set_periodic_timer period = {.period_ns = 999999};
	struct vcpu_set_singleshot_timer shot = {.timeout_abs_ns = 1};

	TEST_EQUAL("period below a millisecond", op(VCPUOP_set_periodic_timer, 0, &period),
		   -XEN_EINVAL);
	period.period_ns = 0;
	TEST_EQUAL("period 0", op(VCPUOP_set_periodic_timer, 0, &period), -XEN_EINVAL);
	period.period_ns = ~0ull;
	TEST_EQUAL("period of centuries", op(VCPUOP_set_periodic_timer, 0, &period), -XEN_EINVAL);
	period.period_ns = 1000000;
	TEST_EQUAL("period of a millisecond", op(VCPUOP_set_periodic_timer, 0, &period), 0);
	TEST_EQUAL("stop", op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	TEST_EQUAL("stop again", op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	TEST_EQUAL("a deadline long past", op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
	shot.timeout_abs_ns = ~0ull;
	TEST_EQUAL("the last of all deadlines", op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
	TEST_EQUAL("stop singleshot", op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	TEST_EQUAL("stop singleshot again", op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
}

void test_main(void)
{
	static const unsigned int with_argument[] = {
		VCPUOP_initialise,	     VCPUOP_get_runstate_info,
		VCPUOP_register_runstate_memory_area, VCPUOP_set_periodic_timer,
		VCPUOP_set_singleshot_timer, VCPUOP_register_vcpu_info,
	};
	void *page = mm_page_alloc();

	check_absent(page);
	for (unsigned int i = 0; i < ARRAY_SIZE(with_argument); i++)
		TEST_EQUAL("bad pointer", op(with_argument[i], 0, (void *)0xfc000000),
			   -XEN_EFAULT);
	TEST_EQUAL("is_up", op(VCPUOP_is_up, 0, NULL), 1);
	TEST_EQUAL("up", op(VCPUOP_up, 0, NULL), 0);
	TEST_EQUAL("initialise", op(VCPUOP_initialise, 0, page), -XEN_EEXIST);
	TEST_EQUAL("get_physid", op(VCPUOP_get_physid, 0, page), -XEN_EINVAL);
	TEST_EQUAL("vcpu_time area", op(VCPUOP_register_vcpu_time_memory_area, 0, page),
		   -XEN_ENOSYS);
	TEST_EQUAL("operation 99", op(99, 0, page), -XEN_ENOSYS);
	TEST_EQUAL("operation 2^32 - 1", op(~0u, 0, page), -XEN_ENOSYS);
	check_timers();
}
