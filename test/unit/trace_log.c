/* SPDX-License-Identifier: MIT */
/*
 * For tests of code with hooks of trace and step in it: what is behind the
 * hooks, which a test that records nothing and stops nowhere never reaches.
 */
#include "harness.h"

#include "domain/trace.h"
#include "platform/step.h"

struct step step;

void step_say(const char *format, ...)
{
	ck_abort_msg("a stop nobody asked for: %s", format);
}

void step_break(void)
{
}

static void unexpected(const char *what)
{
	ck_abort_msg("%s recorded, though nothing is to be", what);
}

void trace_log_event(u32 event, u32 from_port, const struct domain *to, u64 to_port)
{
	(void)event, (void)from_port, (void)to, (void)to_port;
	unexpected("an event");
}

void trace_log_grant(u32 event, const struct domain *granter, u32 ref, u64 mfn)
{
	(void)event, (void)granter, (void)ref, (void)mfn;
	unexpected("a grant");
}

void trace_log_switch(const struct vcpu *from, const struct vcpu *to)
{
	(void)from, (void)to;
	unexpected("a switch");
}
