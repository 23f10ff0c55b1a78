/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * See: ABI 5.3
 * SOURCES: hv/domain/evtchn.c hv/domain/evtchn_bind.c
 * SOURCES: test/unit/evtchn_machine.c hv/platform/trace.c test/unit/trace_log.c
 *
 * The rules of event channels, one by one.
 */
#include <errno.h>

#include "evtchn_machine.h"
#include "harness.h"

START_TEST(ports_come_lowest_first_and_never_zero)
{
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 2);
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(evtchn_close(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_send(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_unmask(&doms[1], 0), -EINVAL);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], 0, 0), -EINVAL);
	ck_assert_int_eq(port_bind(0, 1, 0), -EINVAL);
}
END_TEST

START_TEST(numbers_beyond_the_table_are_refused)
{
	static const u32 bad[] = { EVTCHN_MAX_PORTS, EVTCHN_MAX_PORTS + 1, 0x7fffffff,
				   0x80000000, 0xffffffff };
	struct evtchn_status op = { .dom = DOMID_SELF };

	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(evtchn_send(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_close(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_unmask(&doms[1], bad[i]), -EINVAL);
		ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], bad[i], 0), -EINVAL);
		ck_assert_int_eq(port_bind(0, 1, bad[i]), -EINVAL);
		op.port = bad[i];
		ck_assert_int_eq(evtchn_status(&doms[1], &op), -EINVAL);
		ck_assert(!evtchn_is_pending(&doms[1], bad[i]));
	}
}
END_TEST

START_TEST(table_fills_up)
{
	for (unsigned int i = 1; i < EVTCHN_MAX_PORTS; i++)
		ck_assert_int_eq(port_alloc(2, DOMID_SELF, 0), i);
	ck_assert_int_eq(port_alloc(2, DOMID_SELF, 0), -ENOSPC);
	ck_assert_int_eq(port_bind_ipi(2), -ENOSPC);
	ck_assert_int_eq(evtchn_reset(&doms[2], DOMID_SELF), 0);
	ck_assert_int_eq(port_bind_ipi(2), 1);
}
END_TEST

START_TEST(no_memory_is_said)
{
	pages_left = 0;
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), -ENOMEM);
	ck_assert_int_eq(port_bind_virq(1, VIRQ_TIMER, 0), -ENOMEM);
	ck_assert_uint_eq(vcpus[1].virq_port[VIRQ_TIMER], 0);
}
END_TEST

START_TEST(binding_joins_and_raises_the_binder_once)
{
	struct evtchn_status s;

	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(port_bind(0, 1, 1), 1);
	ck_assert(port_take(0, 1));
	ck_assert(!port_take(1, 1));
	s = port_status(0, 1);
	ck_assert_uint_eq(s.status, EVTCHNSTAT_interdomain);
	ck_assert_uint_eq(s.u.interdomain.dom, 1);
	ck_assert_uint_eq(s.u.interdomain.port, 1);
	s = port_status(1, 1);
	ck_assert_uint_eq(s.status, EVTCHNSTAT_interdomain);
	ck_assert_uint_eq(s.u.interdomain.dom, 0);
	/* Taken is taken. */
	ck_assert_int_eq(port_bind(0, 1, 1), -EINVAL);
}
END_TEST

START_TEST(a_channel_meant_for_one_isnt_anothers)
{
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	ck_assert_int_eq(port_bind(2, 1, 1), -EINVAL);
	ck_assert_int_eq(port_bind(2, 7, 1), -ESRCH);
	ck_assert_int_eq(port_bind(1, DOMID_SELF, 1), -EINVAL);
}
END_TEST

START_TEST(only_the_initial_domain_speaks_for_others)
{
	struct evtchn_status op = { .dom = 1, .port = 1 };

	ck_assert_int_eq(port_alloc(0, 1, 2), 1);
	ck_assert_int_eq(port_status(1, 1).u.unbound.dom, 2);
	ck_assert_int_eq(port_alloc(2, 1, 2), -EPERM);
	ck_assert_int_eq(port_alloc(0, 9, 2), -ESRCH);
	ck_assert_int_eq(evtchn_status(&doms[2], &op), -EPERM);
	ck_assert_int_eq(evtchn_status(&doms[0], &op), 0);
	ck_assert_int_eq(evtchn_reset(&doms[2], 1), -EPERM);
	/* By its own number it may. */
	ck_assert_int_eq(port_alloc(2, 2, DOMID_SELF), 1);
	ck_assert_int_eq(port_status(2, 1).u.unbound.dom, 2);
}
END_TEST

START_TEST(a_domain_may_talk_to_itself)
{
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, DOMID_SELF), 1);
	ck_assert_int_eq(port_bind(1, DOMID_SELF, 1), 2);
	domain_quiet(1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert(port_take(1, 2));
	ck_assert_int_eq(evtchn_send(&doms[1], 2), 0);
	ck_assert(port_take(1, 1));
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	ck_assert_uint_eq(port_status(1, 2).status, EVTCHNSTAT_unbound);
	ck_assert_uint_eq(port_status(1, 2).u.unbound.dom, 1);
}
END_TEST

START_TEST(closing_leaves_the_peer_unbound_for_us)
{
	/* Both orders of domain numbers. */
	for (unsigned int closer = 0; closer < 2; closer++) {
		unsigned int other = !closer;

		machine_setup();
		ck_assert_int_eq(port_alloc(other, DOMID_SELF, (domid_t)closer), 1);
		ck_assert_int_eq(port_bind(closer, (domid_t)other, 1), 1);
		ck_assert_int_eq(evtchn_close(&doms[closer], 1), 0);
		ck_assert_int_eq(evtchn_close(&doms[closer], 1), -EINVAL);
		ck_assert_uint_eq(port_status(other, 1).status, EVTCHNSTAT_unbound);
		ck_assert_uint_eq(port_status(other, 1).u.unbound.dom, closer);
		/* An event to nobody: lost, and no error. */
		domain_quiet(closer);
		ck_assert_int_eq(evtchn_send(&doms[other], 1), 0);
		ck_assert(!port_take(closer, 1));
		ck_assert_int_eq(port_bind(closer, (domid_t)other, 1), 1);
		machine_teardown();
		machine_setup();
	}
}
END_TEST

START_TEST(virq_rules)
{
	ck_assert_int_eq(port_bind_virq(1, NR_VIRQS, 0), -EINVAL);
	ck_assert_int_eq(port_bind_virq(1, 0xffffffff, 0), -EINVAL);
	ck_assert_int_eq(port_bind_virq(1, VIRQ_DOM_EXC, 1), -EINVAL);
	ck_assert_int_eq(port_bind_virq(1, VIRQ_TIMER, 1), -ENOENT);
	ck_assert_int_eq(port_bind_virq(1, VIRQ_TIMER, 0), 1);
	ck_assert_uint_eq(resumes, 1);
	ck_assert_int_eq(port_bind_virq(1, VIRQ_TIMER, 0), -EEXIST);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[1], 1, 0), -EINVAL);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), -EINVAL);
	evtchn_raise_virq(&vcpus[1], VIRQ_TIMER);
	ck_assert(port_take(1, 1));
	ck_assert_int_eq(evtchn_close(&doms[1], 1), 0);
	evtchn_raise_virq(&vcpus[1], VIRQ_TIMER);
	ck_assert(!port_take(1, 1));
	ck_assert_int_eq(port_bind_virq(1, VIRQ_TIMER, 0), 1);
	/* A global one reaches the initial domain and nobody else. */
	ck_assert_int_eq(port_bind_virq(1, VIRQ_DOM_EXC, 0), 2);
	ck_assert_int_eq(port_bind_virq(0, VIRQ_DOM_EXC, 0), 1);
	ck_assert_int_eq(evtchn_bind_vcpu(&doms[0], 1, 0), 0);
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
	ck_assert(port_take(0, 1));
	ck_assert(!port_take(1, 2));
	absent[0] = true;
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
	absent[0] = false;
}
END_TEST

START_TEST(an_event_reaches_an_upcall_unless_masked)
{
	struct vcpu_info *info = vcpus[1].info;

	ck_assert_int_eq(port_bind_ipi(1), 1);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_pending_sel, 1);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
	ck_assert(vcpu_has_upcall(&vcpus[1]));
	ck_assert_uint_eq(kicks, 1);
	ck_assert_uint_eq(poll_kicks, 1);
	/* Pending already: nothing new. */
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert_uint_eq(kicks, 1);
	info->evtchn_upcall_mask = 1;
	ck_assert(!vcpu_has_upcall(&vcpus[1]));
	info->evtchn_upcall_mask = 0;
	domain_quiet(1);

	test_and_set_bit(1, shared[1].evtchn_mask);
	ck_assert_int_eq(evtchn_send(&doms[1], 1), 0);
	ck_assert(evtchn_is_pending(&doms[1], 1));
	ck_assert_uint_eq(info->evtchn_pending_sel, 0);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
	ck_assert_uint_eq(kicks, 1);
	ck_assert_uint_eq(poll_kicks, 2);
	/* unmask raises it again, once. */
	ck_assert_int_eq(evtchn_unmask(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_pending_sel, 1);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
	ck_assert_uint_eq(kicks, 2);
	domain_quiet(1);
	ck_assert_int_eq(evtchn_unmask(&doms[1], 1), 0);
	ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
}
END_TEST

START_TEST(a_dying_domain_opens_nothing)
{
	ck_assert_int_eq(port_alloc(1, DOMID_SELF, 0), 1);
	doms[1].dying = true;
	ck_assert_int_eq(port_alloc(0, 1, 2), -EINVAL);
	evtchn_table_destroy(&doms[1]);
	ck_assert_int_eq(port_bind(0, 1, 1), -EINVAL);
	ck_assert_uint_eq(nr_pages, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evtchn");
	TCase *tc = tcase_create("rules");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, ports_come_lowest_first_and_never_zero);
	tcase_add_test(tc, numbers_beyond_the_table_are_refused);
	tcase_add_test(tc, table_fills_up);
	tcase_add_test(tc, no_memory_is_said);
	tcase_add_test(tc, binding_joins_and_raises_the_binder_once);
	tcase_add_test(tc, a_channel_meant_for_one_isnt_anothers);
	tcase_add_test(tc, only_the_initial_domain_speaks_for_others);
	tcase_add_test(tc, a_domain_may_talk_to_itself);
	tcase_add_test(tc, closing_leaves_the_peer_unbound_for_us);
	tcase_add_test(tc, virq_rules);
	tcase_add_test(tc, an_event_reaches_an_upcall_unless_masked);
	tcase_add_test(tc, a_dying_domain_opens_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
