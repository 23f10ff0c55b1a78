// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain sees and changes another's event channels, grant
 * table, weight and life, by number; a domain that is not there is -ESRCH.
 * What the monitor holds for it, its own info and another's granted page, is
 * in the monitor's accounts of references.
 * See: ABI 2.3, 2.4, 5.3, 5.4, 6.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define OTHER  1
#define ABSENT 77

/* ---- event channels ---- */

static long event_op(unsigned int cmd, void *arg)
{
	return hypercall_event_channel_op(cmd, arg);
}

static struct evtchn_status status_of(domid_t dom, evtchn_port_t port)
{
	struct evtchn_status status = {.dom = dom, .port = port};

	TEST_EQUAL("status", event_op(EVTCHNOP_status, &status), 0);
	return status;
}

static void check_events(void)
{
	struct evtchn_alloc_unbound alloc = {.dom = OTHER, .remote_dom = DOMID_SELF};
	struct evtchn_reset reset = {.dom = OTHER};
	struct evtchn_status status = {.dom = ABSENT, .port = 1};
	int port;

	TEST_EQUAL("the other's store", status_of(OTHER, 1).status, EVTCHNSTAT_unbound);
	TEST_EQUAL("a port in the other", event_op(EVTCHNOP_alloc_unbound, &alloc), 0);
	status = status_of(OTHER, alloc.port);
	TEST_EQUAL("its state", status.status, EVTCHNSTAT_unbound);
	TEST_EQUAL("whom it waits for", status.u.unbound.dom, 0);
	port = event_bind_interdomain(OTHER, alloc.port);
	TEST_CHECK(port > 0, "bind: %d", port);
	status = status_of(OTHER, alloc.port);
	TEST_EQUAL("its state", status.status, EVTCHNSTAT_interdomain);
	TEST_EQUAL("its peer's port", status.u.interdomain.port, port);
	TEST_EQUAL("send", event_send(port), 0);
	TEST_EQUAL("reset of the other", event_op(EVTCHNOP_reset, &reset), 0);
	TEST_EQUAL("its port", status_of(OTHER, alloc.port).status, EVTCHNSTAT_closed);
	TEST_EQUAL("the own port", status_of(DOMID_SELF, port).status, EVTCHNSTAT_unbound);
	alloc.dom = reset.dom = status.dom = ABSENT;
	TEST_EQUAL("a port in nobody", event_op(EVTCHNOP_alloc_unbound, &alloc), -XEN_ESRCH);
	TEST_EQUAL("reset of nobody", event_op(EVTCHNOP_reset, &reset), -XEN_ESRCH);
	TEST_EQUAL("status of nobody", event_op(EVTCHNOP_status, &status), -XEN_ESRCH);
}

/* ---- grants ---- */

static void check_grants(void)
{
	struct gnttab_get_version version = {.dom = OTHER};
	struct gnttab_query_size size = {.dom = OTHER};
	struct gnttab_setup_table setup = {.dom = OTHER, .nr_frames = 2};
	xen_pfn_t list[2] = {0, 0};

	TEST_EQUAL("get_version", hypercall_grant_table_op(GNTTABOP_get_version, &version, 1), 0);
	TEST_EQUAL("the version", version.version, 1);
	set_xen_guest_handle(setup.frame_list, list);
	TEST_EQUAL("setup_table", hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
	TEST_EQUAL("its status", setup.status, 0);
	TEST_CHECK(list[0] && list[1] && list[0] != list[1], "the table has no frames");
	TEST_EQUAL("query_size", hypercall_grant_table_op(GNTTABOP_query_size, &size, 1), 0);
	TEST_EQUAL("its frames", size.nr_frames, 2);
	version.dom = size.dom = setup.dom = ABSENT;
	TEST_EQUAL("version of nobody",
		   hypercall_grant_table_op(GNTTABOP_get_version, &version, 1), -XEN_ESRCH);
	hypercall_grant_table_op(GNTTABOP_query_size, &size, 1);
	TEST_EQUAL("size of nobody", size.status, GNTST_bad_domain);
	hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	TEST_EQUAL("table of nobody", setup.status, GNTST_bad_domain);
}

/* ---- weights ---- */

static long scheduler_op(domid_t dom, uint32_t id, uint32_t cmd,
			 struct xen_domctl_sched_credit2 *param)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_scheduler_op,
				.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
				.domain = dom};
	long ret;

	op.u.scheduler_op.sched_id = id;
	op.u.scheduler_op.cmd = cmd;
	op.u.scheduler_op.u.credit2 = *param;
	ret = hypercall_domctl(&op);
	*param = op.u.scheduler_op.u.credit2;
	return ret;
}

static void expect_weight(unsigned int weight)
{
	struct xen_domctl_sched_credit2 param = {.cap = 99};

	TEST_EQUAL("getinfo", scheduler_op(OTHER, XEN_SCHEDULER_CREDIT2,
					   XEN_DOMCTL_SCHEDOP_getinfo, &param), 0);
	TEST_EQUAL("weight", param.weight, weight);
	TEST_EQUAL("cap", param.cap, 0);
}

static long put_weight(domid_t dom, unsigned int weight, unsigned int cap)
{
	struct xen_domctl_sched_credit2 param = {.weight = weight, .cap = cap};

	return scheduler_op(dom, XEN_SCHEDULER_CREDIT2, XEN_DOMCTL_SCHEDOP_putinfo, &param);
}

static void check_weights(void)
{
	struct xen_sysctl id = {.cmd = XEN_SYSCTL_sched_id,
				.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	struct xen_domctl_sched_credit2 param = {.weight = 1};

	TEST_EQUAL("sched_id", hypercall_sysctl(&id), 0);
	TEST_EQUAL("the scheduler", id.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);
	expect_weight(256);
	TEST_EQUAL("put 512", put_weight(OTHER, 512, 0), 0);
	expect_weight(512);
	TEST_EQUAL("put 0", put_weight(OTHER, 0, 0), 0);
	expect_weight(512);
	TEST_EQUAL("put 65535", put_weight(OTHER, 65535, 0), 0);
	expect_weight(65535);
	TEST_EQUAL("put 1", put_weight(OTHER, 1, 0), 0);
	expect_weight(1);
	TEST_EQUAL("a cap", put_weight(OTHER, 256, 50), -XEN_EINVAL);
	TEST_EQUAL("another scheduler", scheduler_op(OTHER, XEN_SCHEDULER_CREDIT,
						     XEN_DOMCTL_SCHEDOP_getinfo, &param),
		   -XEN_EINVAL);
	TEST_EQUAL("another command", scheduler_op(OTHER, XEN_SCHEDULER_CREDIT2, 2, &param),
		   -XEN_EINVAL);
	TEST_EQUAL("weight of nobody", put_weight(ABSENT, 256, 0), -XEN_ESRCH);
	expect_weight(1);
}

/* ---- life ---- */

static long remote_shutdown(domid_t dom, unsigned int reason)
{
	struct sched_remote_shutdown op = {.domain_id = dom, .reason = reason};

	return hypercall_sched_op(SCHEDOP_remote_shutdown, &op);
}

static long domctl(unsigned int cmd, struct xen_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = OTHER;
	return hypercall_domctl(op);
}

static void check_life(void)
{
	struct evtchn_status status = {.dom = OTHER, .port = 1};
	struct xen_domctl op = {.cmd = 0};
	int port = event_bind_virq(VIRQ_DOM_EXC);

	TEST_CHECK(port > 0, "bind VIRQ_DOM_EXC: %d", port);
	TEST_EQUAL("end of nobody", remote_shutdown(ABSENT, SHUTDOWN_crash), -XEN_ESRCH);
	TEST_EQUAL("an unknown end", remote_shutdown(OTHER, 6), -XEN_EINVAL);
	TEST_EQUAL("bad pointer", hypercall_sched_op(SCHEDOP_remote_shutdown, NULL), -XEN_EFAULT);
	TEST_CHECK(!event_is_pending(port), "VIRQ_DOM_EXC without reason");
	TEST_EQUAL("remote_shutdown", remote_shutdown(OTHER, SHUTDOWN_crash), 0);
	TEST_CHECK(event_is_pending(port), "no VIRQ_DOM_EXC");
	TEST_EQUAL("getdomaininfo", domctl(XEN_DOMCTL_getdomaininfo, &op), 0);
	/* The other had announced its reason. */
	TEST_EQUAL("state",
		   op.u.getdomaininfo.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying |
					       XEN_DOMINF_shutdownmask << XEN_DOMINF_shutdownshift),
		   XEN_DOMINF_shutdown | SHUTDOWN_watchdog << XEN_DOMINF_shutdownshift);
	TEST_EQUAL("destroydomain", domctl(XEN_DOMCTL_destroydomain, &op), 0);
	TEST_EQUAL("status of the dead", event_op(EVTCHNOP_status, &status), -XEN_ESRCH);
	TEST_EQUAL("end of the dead", remote_shutdown(OTHER, SHUTDOWN_crash), -XEN_ESRCH);
}

/* With an info of its own and a granted page mapped, the books balance. */
static void check_audit(void)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_debug_keys,
				.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	struct vcpu_register_vcpu_info info;
	struct grant_mapping console;
	char key = 'a', *page = mm_page_alloc();

	info.mfn = mm_virt_to_mfn((unsigned long)page);
	info.offset = 0;
	TEST_EQUAL("register_vcpu_info", hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &info), 0);
	vcpu_info = (struct vcpu_info *)page;
	TEST_EQUAL("map", grant_map(&console, OTHER, GNTTAB_RESERVED_CONSOLE, true), 0);
	op.u.debug_keys.nr_keys = 1;
	set_xen_guest_handle(op.u.debug_keys.keys, &key);
	TEST_EQUAL("debug_keys", hypercall_sysctl(&op), 0);
	TEST_EQUAL("unmap", grant_unmap(&console), 0);
}

static void check_cpu(void)
{
	struct vcpu_get_physid id = {.phys_id = ~0ull};
	struct sched_pin_override pin = {.pcpu = 0};

	TEST_EQUAL("get_physid", hypercall_vcpu_op(VCPUOP_get_physid, 0, &id), 0);
	TEST_EQUAL("the CPU", id.phys_id, 0);
	TEST_EQUAL("pin to CPU 0", hypercall_sched_op(SCHEDOP_pin_override, &pin), 0);
	pin.pcpu = -1;
	TEST_EQUAL("unpin", hypercall_sched_op(SCHEDOP_pin_override, &pin), 0);
	pin.pcpu = 1;
	TEST_EQUAL("pin to CPU 1", hypercall_sched_op(SCHEDOP_pin_override, &pin), -XEN_EINVAL);
}

/* The one that it is all done to. */
static void other(void)
{
	struct sched_shutdown code = {.reason = SHUTDOWN_watchdog};
	long ret = hypercall_sched_op(SCHEDOP_shutdown_code, &code);

	debug_printf("TEST %s: %s\n", test_name, ret ? "FAILURE shutdown_code" : "SUCCESS");
	for (;;)
		sched_poll(NULL, 0, system_time_ns() + 1000000000);
}

void test_main(void)
{
	if (!(start_info->flags & SIF_INITDOMAIN))
		other();
	/* Until it has said its word. */
	for (unsigned int i = 0; i < 20; i++)
		sched_poll(NULL, 0, system_time_ns() + 10000000);
	check_events();
	check_grants();
	check_weights();
	check_cpu();
	check_audit();
	check_life();
}
